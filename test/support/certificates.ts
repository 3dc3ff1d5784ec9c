/** A certificate authority, a server's and a client's certificate, made by openssl for one test run. */
import { execFile } from 'node:child_process';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';

const run = promisify(execFile);

export interface Certificates {
  readonly caFile: string;
  readonly server: { readonly certFile: string; readonly keyFile: string };
  readonly client: { readonly certFile: string; readonly keyFile: string };
}

/** The server's certificate is for `localhost` and 127.0.0.1. */
export async function makeCertificates(folder: string): Promise<Certificates> {
  const file = (name: string) => join(folder, name);
  const newKey = ['-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:prime256v1', '-nodes'];
  const authority = { certFile: file('ca.pem'), keyFile: file('ca.key') };
  await run('openssl', [
    ...['req', '-x509', ...newKey, '-days', '2', '-subj', '/CN=earshot test authority'],
    ...['-keyout', authority.keyFile, '-out', authority.certFile],
  ]);
  const sign = async (name: string, subject: string) => {
    const [keyFile, certFile, request] = [file(`${name}.key`), file(`${name}.pem`), file(`${name}.csr`)];
    const extensions = file(`${name}.ext`);
    await writeFile(extensions, 'subjectAltName=DNS:localhost,IP:127.0.0.1\n');
    await run('openssl', ['req', ...newKey, '-subj', `/CN=${subject}`, '-keyout', keyFile, '-out', request]);
    await run('openssl', [
      ...['x509', '-req', '-in', request, '-days', '2', '-extfile', extensions, '-CAcreateserial'],
      ...['-CA', authority.certFile, '-CAkey', authority.keyFile, '-out', certFile],
    ]);
    return { certFile, keyFile };
  };
  const server = await sign('server', 'localhost');
  return { caFile: authority.certFile, server, client: await sign('client', 'earshot') };
}
