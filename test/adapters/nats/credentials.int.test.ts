/** Goal: every kind of credentials opens the bus, wrong ones fail at once and clearly, and no text shows a secret. */
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { nkeys } from '@nats-io/transport-node';
import { afterEach, describe, expect, test } from 'vitest';
import { connectNatsBus } from '../../../src/adapters/nats/nats-bus.ts';
import { natsConfig } from '../../../src/adapters/nats/nats.config.ts';
import type { NatsConfigInput } from '../../../src/adapters/nats/nats.config.ts';
import type { Bus, BusError } from '../../../src/core/bus/bus.port.ts';
import { makeCertificates } from '../../support/certificates.ts';
import type { Certificates } from '../../support/certificates.ts';
import { guardAgainstLeaks } from '../../support/leak-guard.ts';
import { startNatsServer } from '../../support/nats-server.ts';
import type { NatsServer, NatsServerOptions } from '../../support/nats-server.ts';
import { jwtAccess } from '../../support/nats-jwt.ts';
import { removeFolder, tempFolder } from '../../support/temp-folder.ts';

guardAgainstLeaks();

const SECRET = 'p4ss/w0rd@x';
const ENCODED = encodeURIComponent(SECRET);
const seedOf = (key: ReturnType<typeof nkeys.createUser>) => new TextDecoder().decode(key.getSeed());

let endings: (() => Promise<unknown>)[] = [];
afterEach(async () => {
  for (const end of endings.reverse()) await end();
  endings = [];
});

async function start(options: NatsServerOptions): Promise<NatsServer> {
  const server = await startNatsServer(options);
  endings.push(() => server.stop());
  return server;
}

async function connect(config: NatsConfigInput): Promise<Bus> {
  const { bus } = await connectNatsBus(natsConfig.parse({ connectTimeout: '60s', ...config }));
  endings.push(() => bus.close());
  return bus;
}

const refusal = (config: NatsConfigInput): Promise<BusError> =>
  connect(config).then(
    () => expect.unreachable('connected'),
    (error: unknown) => error as BusError,
  );

/** All that a person could get to see of an error. */
function texts(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  return [error.message, error.stack, JSON.stringify(error), texts(error.cause ?? '')].join('\n');
}

interface Kind {
  readonly server: string;
  readonly right: (address: string) => NatsConfigInput;
  readonly wrong: (address: string) => NatsConfigInput;
}

const userKey = nkeys.createUser();
const otherKey = nkeys.createUser();
const users = `authorization { user: "care", password: "${SECRET}" }`;
const token = `authorization { token: "${SECRET}" }`;
const nkey = `authorization { users: [ { nkey: ${userKey.getPublicKey()} } ] }`;
const plain = (address: string) => ({ servers: [`nats://${address}`] });

test.each<[string, Kind]>([
  [
    'user and password',
    {
      server: users,
      right: (at) => ({ ...plain(at), user: 'care', password: SECRET }),
      wrong: (at) => ({ ...plain(at), user: 'care', password: `${SECRET}2` }),
    },
  ],
  [
    'user and password in the address',
    {
      server: users,
      right: (at) => ({ servers: [`nats://care:${ENCODED}@${at}`] }),
      wrong: (at) => ({ servers: [`nats://care:${ENCODED}2@${at}`] }),
    },
  ],
  [
    'token',
    {
      server: token,
      right: (at) => ({ ...plain(at), token: SECRET }),
      wrong: (at) => ({ ...plain(at), token: `${SECRET}2` }),
    },
  ],
  [
    'token in the address',
    {
      server: token,
      right: (at) => ({ servers: [`nats://${ENCODED}@${at}`] }),
      wrong: (at) => ({ servers: [`nats://${ENCODED}2@${at}`] }),
    },
  ],
  [
    'nkey',
    {
      server: nkey,
      right: (at) => ({ ...plain(at), nkeySeed: seedOf(userKey) }),
      wrong: (at) => ({ ...plain(at), nkeySeed: seedOf(otherKey) }),
    },
  ],
])('%s', async (_kind, { server: config, right, wrong }) => {
  const server = await start({ config });
  const bus = await connect(right(server.address));
  expect(bus.description).toMatch(new RegExp(`^nats://${server.address} \\(\\d+\\.\\d+\\.\\d+\\)$`));
  await bus.announce({ subject: 'a', data: '' });
  for (const config of [wrong(server.address), plain(server.address)]) {
    const error = await refusal(config);
    expect(error).toMatchObject({ code: 'BUS_CREDENTIALS', canRetry: false });
    expect(error.message).toContain(server.address);
    for (const secret of [SECRET, ENCODED, seedOf(userKey), seedOf(otherKey)])
      expect(texts(error)).not.toContain(secret);
  }
});

test('credentials file', async () => {
  const access = jwtAccess();
  const folder = await tempFolder('creds');
  endings.push(() => removeFolder(folder));
  const write = async (name: string, text: string) => {
    await writeFile(join(folder, name), text);
    return join(folder, name);
  };
  const server = await start({ config: access.serverConfig });
  const bus = await connect({ ...plain(server.address), credsFile: await write('right', access.creds) });
  await bus.ensureStreams([]);
  const strange = await refusal({
    ...plain(server.address),
    credsFile: await write('other', jwtAccess().creds),
  });
  expect(strange).toMatchObject({ code: 'BUS_CREDENTIALS', canRetry: false });
  const junk = await refusal({ ...plain(server.address), credsFile: await write('junk', SECRET) });
  expect(junk).toMatchObject({ code: 'BUS_CREDENTIALS' });
  expect(texts(junk)).not.toContain(SECRET);
  const absent = await refusal({ ...plain(server.address), credsFile: join(folder, 'absent') });
  expect(absent.message).toMatch(/absent does not exist/);
});

test.each([
  [{ nkeySeed: SECRET }, 'BUS_CREDENTIALS', 'nkeySeed'],
  [{ servers: [`nats://care:${ENCODED}@:bad`] }, 'BUS_CONNECT', 'servers.0'],
  [{ servers: ['nats://a', `http://care:${ENCODED}@host`] }, 'BUS_CONNECT', 'servers.1'],
] satisfies [NatsConfigInput, string, string][])(
  'refuses %j without showing it',
  async (config, code, place) => {
    const error = await refusal(config);
    expect(error).toMatchObject({ code, canRetry: false, message: expect.stringContaining(place) as string });
    expect(texts(error)).not.toContain(SECRET);
    expect(texts(error)).not.toContain(ENCODED);
  },
);

test('credentials that stop being right show in the status, and the bus comes back when they are', async () => {
  const server = await start({ config: users });
  const bus = await connect({
    ...plain(server.address),
    user: 'care',
    password: SECRET,
    reconnectWait: '20ms',
  });
  const states: { connected: boolean; detail: string }[] = [];
  bus.status.subscribe((state) => states.push(state));
  await server.restart('authorization { user: "care", password: "other" }');
  await expect.poll(() => states.at(-1)?.detail).toMatch(/refuses us/);
  await server.restart(users);
  await expect.poll(() => states.at(-1)?.connected).toBe(true);
  await bus.announce({ subject: 'a', data: '' });
  expect(JSON.stringify(states)).not.toContain(SECRET);
});

test('what the user may not publish is an error, not a message lost in silence', async () => {
  const server = await start({
    config: `authorization { users: [ { user: care, password: x, permissions: {
      publish: ["$JS.>", "_INBOX.>", "s.allowed"], subscribe: [">"] } } ] }`,
  });
  const bus = await connect({ ...plain(server.address), user: 'care', password: 'x' });
  await bus.ensureStreams([
    {
      name: 'S',
      subjects: ['s.>'],
      ageMsMax: 60_000,
      bytesMax: 1_000_000,
      messageBytesMax: 1_000,
      duplicateWindowMs: 1_000,
    },
  ]);
  const publish = (subject: string) => bus.publish({ subject, data: 'x' });
  await expect(publish('s.denied')).rejects.toMatchObject({ code: 'BUS_CREDENTIALS', canRetry: false });
  await expect(bus.announce({ subject: 'denied', data: 'x' })).rejects.toMatchObject({
    code: 'BUS_CREDENTIALS',
  });
  expect(await publish('s.allowed')).toMatchObject({ sequence: 1 });
});

describe('TLS', () => {
  let certificates: Certificates;
  const withTls = (verify: boolean): NatsServerOptions => ({
    prepare: async (folder) => {
      certificates = await makeCertificates(folder);
      const { caFile, server } = certificates;
      return `tls { cert_file: "${server.certFile}", key_file: "${server.keyFile}",
        ca_file: "${caFile}", verify: ${verify} }`;
    },
  });

  test('trusts the authority it is given, and no other', async () => {
    const server = await start(withTls(false));
    const { caFile } = certificates;
    for (const address of [`nats://localhost:${server.port}`, `tls://localhost:${server.port}`]) {
      const bus = await connect({ servers: [address], tls: { caFile } });
      await bus.announce({ subject: 'a', data: '' });
    }
    for (const config of [
      { servers: [`tls://localhost:${server.port}`] },
      { servers: [`nats://localhost:${server.port}`] },
    ])
      expect(await refusal(config)).toMatchObject({
        code: 'BUS_CONNECT',
        canRetry: false,
        message: expect.stringMatching(/TLS.*certificate/) as string,
      });
  });

  test('shows its own certificate where the server asks for one', async () => {
    const server = await start(withTls(true));
    const { caFile, client } = certificates;
    const servers = [`tls://localhost:${server.port}`];
    const bus = await connect({ servers, tls: { caFile, ...client } });
    await bus.announce({ subject: 'a', data: '' });
    expect(await refusal({ servers, tls: { caFile }, connectTimeout: '1s' })).toMatchObject({
      code: 'BUS_CONNECT',
    });
    expect(await refusal({ servers, tls: { caFile: `${caFile}.absent` } })).toMatchObject({
      code: 'BUS_CONNECT',
      canRetry: false,
      message: expect.stringContaining('ca.pem.absent') as string,
    });
  });

  test('is not given up for a server that has none', async () => {
    const server = await start({});
    expect(await refusal({ servers: [`tls://${server.address}`] })).toMatchObject({
      code: 'BUS_CONNECT',
      canRetry: false,
      message: expect.stringContaining("'tls'") as string,
    });
  });
});

test.each([
  [{ user: 'a', token: 'b' }, /one kind of credentials, not user and token/],
  [{ password: 'a' }, /a password needs a user/],
  [{ tls: { certFile: 'a' } }, /belong together/],
  [{ replicas: 0 }, /replicas/],
] satisfies [NatsConfigInput, RegExp][])('the configuration refuses %j', (config, expected) => {
  const { error } = natsConfig.safeParse(config);
  expect(JSON.stringify(error?.issues)).toMatch(expected);
});
