/** Settings of the process, as opposed to what a pipeline listens for. One schema for the settings file, the environment
 *  and the flags; docs/config.md derives from it. */
import { z } from 'zod';
import { ACCESS_ROLES } from '../../adapters/http/access.ts';
import { natsConfig } from '../../adapters/nats/nats.config.ts';
import { duration, name } from '../../core/config/fields.ts';

const MIB = 1_048_576;
const TOKENS_MAX = 1_000;

const busSettings = z
  .strictObject({
    url: z
      .string()
      .regex(
        /^(memory|(nats|tls):\/\/\S+(,\s*(nats|tls):\/\/\S+)*)$/,
        'must be `memory` or nats://host:port (several, separated by commas)',
      )
      .default('memory')
      .describe('`memory` (embedded, nothing is kept) or the servers of NATS, separated by commas.'),
    nats: z.looseObject({}).optional().describe('How to reach NATS: see the table below.'),
    storeBytesMax: z
      .int()
      .min(16 * MIB)
      .default(3 * 1024 * MIB)
      .describe('Bytes that all streams together may hold; in each the oldest messages give way.'),
    ageMax: duration('How long streams keep a message.', { min: '1m', max: '31d' }).prefault('7d'),
    auditAgeMax: duration(
      'How long commands and marks are kept: the record of who did what, and all that moderators taught the filters.',
      { min: '1m', max: '3650d' },
    ).prefault('365d'),
    duplicateWindow: duration('How long the broker remembers message ids; a million cost it about 270 MB.', {
      min: '1s',
      max: '1d',
    }).prefault('2m'),
  })
  .prefault({});

const TOKEN = /^\S+$/;
const bearerToken = () => z.string().min(16).regex(TOKEN, 'must not hold spaces');

const accessToken = z
  .strictObject({
    name: name('Who has it: stands in the audit as `by`.'),
    role: z.enum(ACCESS_ROLES).describe('`viewer` reads; `moderator` also acknowledges, silences and marks.'),
    token: bearerToken().optional().describe('The token; at least 16 characters.'),
    tokenFile: z.string().min(1).optional().describe('File that holds the token.'),
  })
  .refine(({ token, tokenFile }) => (token === undefined) !== (tokenFile === undefined), {
    message: 'needs one of token and tokenFile',
  });

const httpSettings = z
  .strictObject({
    listen: z
      .string()
      .regex(/^(off|(\[[0-9a-fA-F:.]+\]|[A-Za-z0-9.-]+):\d{1,5})$/, {
        error: 'must be host:port, or off',
        abort: true, // A port is looked for only in what has one.
      })
      .refine(
        (text) => text === 'off' || Number(text.slice(text.lastIndexOf(':') + 1)) <= 65_535,
        'has a port above 65535',
      )
      .default('127.0.0.1:8377')
      .describe(
        'Address of /metrics, /healthz, /readyz, /api and /ws; port 0 takes a free one; `off` serves nothing.',
      ),
    token: bearerToken()
      .optional()
      .describe(
        'Bearer token for every route but health; at least 16 characters. Whoever has it is the moderator `token`.',
      ),
    tokenFile: z.string().min(1).optional().describe('File that holds the token.'),
    tokens: z
      .array(accessToken)
      .max(TOKENS_MAX)
      .default([])
      .describe('Further tokens, each with a name and a role.'),
    clientsMax: z.int().min(1).max(100_000).default(1_000).describe('WebSocket clients at once.'),
    clientBufferBytesMax: z
      .int()
      .min(65_536)
      .default(MIB)
      .describe('Bytes buffered for one WebSocket client before it is dropped as slow, with code 1013.'),
  })
  .prefault({});

const scorerSettings = z
  .strictObject({
    group: name('Workers of one group share the input; give another set of pipelines another group.').default(
      'scorer',
    ),
    inHandMax: z.int().min(1).max(100_000).default(1_024).describe('Deliveries in the hand of one worker.'),
    ackWait: duration(
      'A delivery that its worker neither finished nor asked more time for is delivered again: a killed worker is made up for after this.',
      {
        min: '1s',
        max: '1h',
      },
    ).prefault('10s'),
    deliveriesMax: z
      .int()
      .min(2)
      .default(50)
      .describe('An input delivered more often than this becomes a dead letter, `delivered_too_often`.'),
    dedupeKeysMax: z
      .int()
      .min(1_000)
      .default(100_000)
      .describe('Message keys that a worker remembers to tell second copies.'),
    thread: z
      .enum(['auto', 'on', 'off'])
      .default('auto')
      .describe(
        'Whether a second lane, in a thread and on a connection of its own, takes its share of the messages, as another process would: `auto` while the first is behind and what it catches up with is dense, where there are two processors; `on` always. Not on the embedded bus.',
      ),
  })
  .prefault({});

const watcherSettings = z
  .strictObject({
    snapshotEvery: duration(
      'How often the state of the watchers is saved, besides at each alert and at the end.',
      {
        min: '1s',
        max: '1h',
      },
    ).prefault('10s'),
    snapshots: z
      .strictObject({
        store: z
          .enum(['bus', 'file'])
          .default('bus')
          .describe(
            'Where states are saved: `bus` is the object store of NATS, which every process reaches; `file` a local folder, which lets only processes of this machine take over from each other.',
          ),
        folder: z.string().min(1).default('.earshot/snapshots').describe('Folder of `file`.'),
      })
      .prefault({})
      .describe('Where the state of the watchers is kept; of each the newest and the one before.'),
    leaseTtl: duration(
      'How long a pipeline stays with a process that does not renew its lease; then another takes it. One that was killed is replaced sooner.',
      { min: '1s', max: '10m' },
    ).prefault('15s'),
  })
  .prefault({});

const logSettings = z
  .strictObject({
    level: z
      .enum(['trace', 'debug', 'info', 'warn', 'error', 'silent'])
      .default('info')
      .describe('Least level logged.'),
    format: z.enum(['auto', 'json', 'pretty']).default('auto').describe('`auto` is pretty on a terminal.'),
  })
  .prefault({});

export const settingsConfig = z.strictObject({
  bus: busSettings.describe('The bus.'),
  http: httpSettings.describe('What is served.'),
  scorer: scorerSettings.describe('The scorer.'),
  watcher: watcherSettings.describe('The watcher.'),
  drainTimeout: duration(
    'How long SIGTERM waits for the broker to confirm what is in hand; what it has not by then is delivered again.',
    { min: '1s', max: '10m' },
  ).prefault('10s'),
  log: logSettings.describe('Logs.'),
});
export type Settings = z.output<typeof settingsConfig>;

/** Environment variables, and the settings they fill. A settings file is read first, then these, then the flags. */
export const ENVIRONMENT: readonly (readonly [variable: string, path: readonly string[]])[] = [
  ['NATS_URL', ['bus', 'url']],
  ['EARSHOT_BUS', ['bus', 'url']],
  ['EARSHOT_NATS_USER', ['bus', 'nats', 'user']],
  ['EARSHOT_NATS_PASSWORD', ['bus', 'nats', 'password']],
  ['EARSHOT_NATS_TOKEN', ['bus', 'nats', 'token']],
  ['EARSHOT_NATS_NKEY_SEED', ['bus', 'nats', 'nkeySeed']],
  ['EARSHOT_NATS_CREDS_FILE', ['bus', 'nats', 'credsFile']],
  ['EARSHOT_NATS_CA_FILE', ['bus', 'nats', 'tls', 'caFile']],
  ['EARSHOT_NATS_CERT_FILE', ['bus', 'nats', 'tls', 'certFile']],
  ['EARSHOT_NATS_KEY_FILE', ['bus', 'nats', 'tls', 'keyFile']],
  ['EARSHOT_NATS_REPLICAS', ['bus', 'nats', 'replicas']],
  ['EARSHOT_STORE_BYTES_MAX', ['bus', 'storeBytesMax']],
  ['EARSHOT_LISTEN', ['http', 'listen']],
  ['EARSHOT_TOKEN', ['http', 'token']],
  ['EARSHOT_TOKEN_FILE', ['http', 'tokenFile']],
  ['EARSHOT_GROUP', ['scorer', 'group']],
  ['EARSHOT_LOG_LEVEL', ['log', 'level']],
  ['EARSHOT_LOG_FORMAT', ['log', 'format']],
];

export { natsConfig };
