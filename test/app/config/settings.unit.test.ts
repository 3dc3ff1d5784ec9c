/** Goal: a file, then the environment, then flags; and every wrong setting is told with where it was given. */
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { loadSettings, SettingsError, type Overrides } from '../../../src/app/config/settings.ts';
import { removeFolder, tempFolder } from '../../support/temp-folder.ts';

let folder: string;
beforeAll(async () => {
  folder = await tempFolder('settings');
});
afterAll(() => removeFolder(folder));

interface Given {
  readonly yaml?: string;
  readonly env?: Readonly<Record<string, string>>;
  readonly flags?: Overrides;
}

async function load({ yaml, env = {}, flags = [] }: Given) {
  const file = yaml === undefined ? undefined : join(folder, 'earshot.yaml');
  if (file !== undefined) await writeFile(file, yaml ?? '');
  return loadSettings({ file, overrides: flags }, env);
}

const LISTEN = ['http', 'listen'];

test('defaults: the embedded bus, on the loopback', async () => {
  const settings = await load({});
  expect(settings).toMatchObject({
    bus: { url: 'memory', ageMax: 604_800_000 },
    http: { listen: '127.0.0.1:8377' },
    natsConfig: undefined,
  });
  expect(settings.http).not.toHaveProperty('token');
  await expect(load({ yaml: '# nothing yet\n' })).resolves.toEqual(settings);
});

test.each<[string, Given, string]>([
  ['the file', { yaml: 'http: { listen: "file:1" }' }, 'file:1'],
  [
    'the environment over the file',
    { yaml: 'http: { listen: "file:1" }', env: { EARSHOT_LISTEN: 'env:2' } },
    'env:2',
  ],
  [
    'an empty variable is none',
    { yaml: 'http: { listen: "file:1" }', env: { EARSHOT_LISTEN: '' } },
    'file:1',
  ],
  [
    'a flag over both',
    {
      yaml: 'http: { listen: "file:1" }',
      env: { EARSHOT_LISTEN: 'env:2' },
      flags: [['--listen', LISTEN, 'flag:3']],
    },
    'flag:3',
  ],
  [
    'a flag not given',
    { env: { EARSHOT_LISTEN: 'env:2' }, flags: [['--listen', LISTEN, undefined]] },
    'env:2',
  ],
  ['an IPv6 address', { env: { EARSHOT_LISTEN: '[::1]:0' } }, '[::1]:0'],
])('precedence: %s', async (_what, given, listen) => {
  expect((await load(given)).http.listen).toBe(listen);
});

test('NATS: servers by comma, numbers from the environment, the file fills the rest', async () => {
  const { natsConfig } = await load({
    yaml: 'bus: { nats: { name: acme, user: me, requestTimeout: 9s } }',
    env: { NATS_URL: 'nats://a:4222,nats://b:4222', EARSHOT_NATS_REPLICAS: '3', EARSHOT_NATS_PASSWORD: 'pw' },
  });
  expect(natsConfig).toMatchObject({
    servers: ['nats://a:4222', 'nats://b:4222'],
    name: 'acme',
    user: 'me',
    password: 'pw',
    replicas: 3,
    requestTimeout: 9_000,
  });
});

test.each<[string, Given, string[]]>([
  [
    'of a file',
    { yaml: 'log:\n  level: loud\n' },
    ['FILE:2:3: log.level: not allowed; allowed: trace, debug, info, warn, error, silent (got "loud")'],
  ],
  [
    'of a file: several',
    { yaml: 'logs: {}\nscorer: { ackWait: 5 }\n' },
    [
      'FILE:2:11: scorer.ackWait: not a duration; write 500ms, 10s, 1m, 1h30m or 7d (got 5)',
      "FILE:1:1: logs: unknown key 'logs'; did you mean 'log'?; allowed here: bus, http, scorer, watcher, drainTimeout, log",
    ],
  ],
  ['of a file: a list', { yaml: '- a' }, ['FILE:1:1: must be a mapping of settings']],
  [
    'of a file: syntax',
    { yaml: 'log: {' },
    ['FILE:1:7: not valid YAML: Flow map in block collection must be sufficiently indented and end with a }'],
  ],
  [
    'of a file: nesting without end',
    { yaml: `log: ${'['.repeat(20_000)}` },
    ['FILE:1:105: nested too deep; allowed: 100 levels'],
  ],
  [
    'of a file: a variable that is not set',
    { yaml: 'http: { token: "${NOPE}" }' },
    ['FILE:1:16: the environment variable NOPE is not set (got ${NOPE})'],
  ],
  [
    'of a file: NATS',
    { yaml: 'bus:\n  url: nats://x\n  nats: { replica: 3 }\n' },
    [
      expect.stringMatching(
        /^FILE:3:11: bus\.nats\.replica: unknown key 'replica'; did you mean 'replicas'\?/,
      ) as string,
    ],
  ],
  [
    'of a file: servers in two places',
    { yaml: 'bus:\n  url: nats://x\n  nats: { servers: [y] }\n' },
    ['FILE:3:11: bus.nats.servers: give the servers as bus.url (got ["y"])'],
  ],
  [
    'of the environment',
    { env: { EARSHOT_STORE_BYTES_MAX: 'lots' } },
    ['environment EARSHOT_STORE_BYTES_MAX: bus.storeBytesMax: must be a number (got "lots")'],
  ],
  [
    'of the environment: too little',
    { env: { EARSHOT_STORE_BYTES_MAX: '5' } },
    ['environment EARSHOT_STORE_BYTES_MAX: bus.storeBytesMax: must be at least 16777216 (got 5)'],
  ],
  [
    'of the environment over a file',
    { yaml: 'log: { level: info }', env: { EARSHOT_LOG_LEVEL: 'loud' } },
    [
      'environment EARSHOT_LOG_LEVEL: log.level: not allowed; allowed: trace, debug, info, warn, error, silent (got "loud")',
    ],
  ],
  [
    'of the environment: a server',
    { env: { NATS_URL: 'nats://a,,b' } },
    ['environment NATS_URL: bus.url: must not be empty (got "nats://a,,b")'],
  ],
  [
    'of a flag',
    { flags: [['--bus', ['bus', 'url'], 'kafka']] },
    [
      'flag --bus: bus.url: must be `memory` or nats://host:port (several, separated by commas) (got "kafka")',
    ],
  ],
  [
    'of a flag: a port',
    { flags: [['--listen', LISTEN, 'localhost:99999']] },
    ['flag --listen: http.listen: has a port above 65535 (got "localhost:99999")'],
  ],
  [
    'of two variables',
    { env: { NATS_URL: 'nats://x', EARSHOT_NATS_USER: 'u', EARSHOT_NATS_TOKEN: 'hunter2' } },
    [
      'environment EARSHOT_NATS_USER, environment EARSHOT_NATS_TOKEN: bus.nats: give one kind of credentials, not user and token (got {"user":"u","token":"***"})',
    ],
  ],
])('a wrong setting %s', async (_of, given, messages) => {
  const error = await load(given).catch((caught: unknown) => caught);
  expect(error).toBeInstanceOf(SettingsError);
  const file = join(folder, 'earshot.yaml');
  expect((error as Error).message.replaceAll(file, 'FILE').split('\n')).toEqual(messages);
});

test.each<[string, Given]>([
  ['a token of the environment', { env: { EARSHOT_TOKEN: 'hunter2' } }],
  ['a token of a file', { yaml: 'http: { token: hunter2 }' }],
  ['a password', { env: { NATS_URL: 'nats://x', EARSHOT_NATS_PASSWORD: 'hunter2' } }],
  [
    'a seed in a mapping that is wrong',
    { yaml: 'bus: { url: nats://x, nats: { nkeySeed: hunter2, user: u } }' },
  ],
  ['a password in a URL', { env: { NATS_URL: 'http://me:hunter2@host' } }],
])('%s is not quoted', async (_what, given) => {
  const error = await load(given).catch((caught: unknown) => caught);
  expect(error).toBeInstanceOf(SettingsError);
  expect((error as Error).message).not.toContain('hunter2');
});

test('a token from a file, without its newline; what is wrong with that file is told', async () => {
  const path = join(folder, 'token');
  const read = (tokenFile: string) => load({ env: { EARSHOT_TOKEN_FILE: tokenFile } });
  await writeFile(path, 'a-token-of-twenty-ch\n');
  expect((await read(path)).http.token).toBe('a-token-of-twenty-ch');
  expect(
    (await load({ env: { EARSHOT_TOKEN_FILE: path, EARSHOT_TOKEN: 'another-token-that-wins' } })).http.token,
  ).toBe('another-token-that-wins');
  await writeFile(path, 'hunter2\n');
  await expect(read(path)).rejects.toThrow(
    `http.tokenFile: the token in ${path} has 7 characters; at least 16 are needed`,
  );
  await expect(read(`${path}-absent`)).rejects.toThrow(
    /^http\.tokenFile: .*token-absent cannot be read: ENOENT/,
  );
});

test('a settings file that is not there', async () => {
  await expect(loadSettings({ file: join(folder, 'absent.yaml') }, {})).rejects.toThrow(
    /absent\.yaml: cannot be read: ENOENT/,
  );
});

test('tokens with names and roles, beside the single one', async () => {
  const path = join(folder, 'viewer.token');
  await writeFile(path, 'a-token-of-the-wall\n');
  const yaml =
    'http:\n  tokens:\n    - { name: mia, role: moderator, token: "${MIA}" }\n' +
    `    - { name: wall, role: viewer, tokenFile: ${path} }\n`;
  const mia = { name: 'mia', role: 'moderator', token: 'a-token-of-mia-herself' };
  const wall = { name: 'wall', role: 'viewer', token: 'a-token-of-the-wall' };
  const env = { MIA: mia.token };
  expect((await load({ yaml, env })).accessTokens).toEqual([mia, wall]);
  const single = { name: 'token', role: 'moderator', token: 'a-token-of-twenty-ch' };
  const both = await load({ yaml, env: { ...env, EARSHOT_TOKEN: single.token } });
  expect(both.accessTokens).toEqual([single, mia, wall]);
  expect((await load({})).accessTokens).toEqual([]);
});

const SECRET = 'a-secret-of-someone';
test.each<[what: string, tokens: string, message: RegExp]>([
  [
    'no token',
    '{ name: a, role: viewer }',
    /^FILE:1:19: http\.tokens\[0\]: needs one of token and tokenFile/,
  ],
  [
    'two tokens',
    `{ name: a, role: viewer, token: ${SECRET}, tokenFile: x }`,
    /http\.tokens\[0\]: needs one of token and tokenFile/,
  ],
  [
    'an unknown role',
    `{ name: a, role: admin, token: ${SECRET} }`,
    /http\.tokens\[0\]\.role: not allowed; allowed: viewer, moderator/,
  ],
  ['no role', `{ name: a, token: ${SECRET} }`, /http\.tokens\[0\]\.role: is required/],
  [
    'a name that is none',
    `{ name: Mia M, role: viewer, token: ${SECRET} }`,
    /http\.tokens\[0\]\.name: must be 1 to 63/,
  ],
  [
    'a short token',
    '{ name: a, role: viewer, token: hunter2 }',
    /http\.tokens\[0\]\.token: must have at least 16/,
  ],
  [
    'spaces',
    `{ name: a, role: viewer, token: "${SECRET} x" }`,
    /http\.tokens\[0\]\.token: must not hold spaces/,
  ],
  [
    'a reserved name',
    `{ name: local, role: viewer, token: ${SECRET} }`,
    /http\.tokens\[0\]\.name: 'local' is taken/,
  ],
  [
    'one name twice',
    `{ name: a, role: viewer, token: ${SECRET}1 }, { name: a, role: viewer, token: ${SECRET}2 }`,
    /http\.tokens\[1\]\.name: 'a' is taken; taken are local, a/,
  ],
  [
    'one token twice',
    `{ name: a, role: viewer, token: ${SECRET} }, { name: b, role: moderator, token: ${SECRET} }`,
    /http\.tokens\[1\]: 'b' has the same token as 'a'/,
  ],
  [
    'an absent file',
    '{ name: a, role: viewer, tokenFile: absent }',
    /http\.tokens\[0\]\.tokenFile: absent cannot be read/,
  ],
])('tokens: %s', async (_what, tokens, message) => {
  const error = await load({ yaml: `http: { tokens: [ ${tokens} ] }` }).catch((caught: unknown) => caught);
  expect(error).toBeInstanceOf(SettingsError);
  const told = (error as Error).message.replaceAll(join(folder, 'earshot.yaml'), 'FILE');
  expect(told).toMatch(message);
  expect(told).not.toContain(SECRET);
  expect(told).not.toContain('hunter2');
});
