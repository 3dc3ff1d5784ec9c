/** Who may ask: the token, and the checks that keep web pages away from a server on loopback. */
import { createHash, timingSafeEqual } from 'node:crypto';
import type { IncomingHttpHeaders } from 'node:http';
import { BlockList, isIP } from 'node:net';
import { HttpServerError } from './errors.ts';

/** An answer other than the one asked for. */
export interface Refusal {
  readonly status: 400 | 401 | 403;
  readonly code: string;
  readonly message: string;
}

const LOOPBACK = new BlockList();
LOOPBACK.addSubnet('127.0.0.0', 8, 'ipv4');
LOOPBACK.addSubnet('::ffff:127.0.0.0', 104, 'ipv6');
LOOPBACK.addAddress('::1', 'ipv6');

/** Whether a host name or address, without port, means this machine and nobody else can reach it. */
function isLoopback(host: string): boolean {
  const bare = host.replace(/^\[|\]$/g, '').toLowerCase();
  const version = isIP(bare);
  if (version === 0) return bare === 'localhost' || bare.endsWith('.localhost');
  return LOOPBACK.check(bare, version === 6 ? 'ipv6' : 'ipv4');
}

/** Throws when others could reach `host` and no token guards it. */
export function requireTokenFor(host: string, token: string | undefined): void {
  if ((token !== undefined && token !== '') || isLoopback(host)) return;
  throw new HttpServerError(
    'HTTP_TOKEN_REQUIRED',
    `'${host}' can be reached from other machines: set EARSHOT_TOKEN or EARSHOT_TOKEN_FILE, ` +
      'or listen on 127.0.0.1',
  );
}

const digest = (text: string): Buffer => createHash('sha256').update(text).digest();

/** The checks of one server. `open` routes need no token. */
export function createGuard(token: string | undefined) {
  const expected = token === undefined || token === '' ? undefined : digest(token);
  return (headers: IncomingHttpHeaders, open: boolean): Refusal | undefined => {
    if (expected === undefined && !isLoopback(hostname(headers.host)))
      // A page of another site whose name was pointed at 127.0.0.1 (DNS rebinding) would carry that name.
      return forbidden(
        'BAD_HOST',
        `host '${headers.host ?? ''}' is not this machine; use localhost or 127.0.0.1`,
      );
    if (headers.origin !== undefined && !sameHost(headers.origin, headers.host))
      return forbidden(
        'BAD_ORIGIN',
        `origin '${headers.origin}' is another site than '${headers.host ?? ''}'`,
      );
    if (expected === undefined || open) return undefined;
    const [, given] = /^bearer +(\S+) *$/i.exec(headers.authorization ?? '') ?? [];
    if (given !== undefined && timingSafeEqual(digest(given), expected)) return undefined;
    return {
      status: 401,
      code: 'UNAUTHORIZED',
      message:
        'needs the header authorization: Bearer <token>, with the token that the server was started with',
    };
  };
}

const forbidden = (code: string, message: string): Refusal => ({ status: 403, code, message });

function parse(url: string): URL | undefined {
  return URL.canParse(url) ? new URL(url) : undefined;
}

function hostname(host: string | undefined): string {
  return parse(`http://${host ?? ''}`)?.hostname ?? '';
}

function sameHost(origin: string, host: string | undefined): boolean {
  const from = parse(origin);
  return (
    from !== undefined && from.host !== '' && from.host === parse(`${from.protocol}//${host ?? ''}`)?.host
  );
}
