/** How to reach NATS and what to ask of it. The app maps environment variables to this. */
import { z } from 'zod';
import { duration } from '../../core/config/fields.ts';

const text = (description: string) => z.string().min(1).describe(description);

export const natsConfig = z
  .strictObject({
    servers: z
      .array(z.string().min(1))
      .min(1)
      .default(['nats://127.0.0.1:4222'])
      .describe(
        'Addresses of the servers of one cluster; `nats://user:password@host:port` and `tls://` are taken.',
      ),
    name: z.string().min(1).max(128).default('earshot').describe('What the server calls this client.'),
    user: text('User name.').optional(),
    password: text('Password of the user.').optional(),
    token: text('Authentication token.').optional(),
    nkeySeed: text('NKey seed of the user: `SU…`.').optional(),
    credsFile: text('Path of a `.creds` file with a JWT and its key.').optional(),
    tls: z
      .strictObject({
        caFile: text('Certificate authority that signed the server.').optional(),
        certFile: text('Certificate of this client.').optional(),
        keyFile: text('Private key of this client.').optional(),
      })
      .optional()
      .describe('Files for TLS, PEM. An empty object asks for TLS with the authorities of the system.'),
    storage: z.enum(['file', 'memory']).default('file').describe('Where the server keeps the streams.'),
    replicas: z
      .int()
      .min(1)
      .max(5)
      .default(1)
      .describe('Copies of each stream in a cluster; 3 survives a lost node (server 2.10.23 or newer).'),
    connectTimeout: duration('How long the first connection is tried before start fails.', {
      min: '100ms',
      max: '1h',
    }).prefault('10s'),
    reconnectWait: duration('Wait between two attempts to reconnect; they never end.', {
      min: '10ms',
      max: '1m',
    }).prefault('1s'),
    requestTimeout: duration('How long an answer of the JetStream API is awaited.', {
      min: '100ms',
      max: '5m',
    }).prefault('5s'),
    ackTimeout: duration('A publish not confirmed in this time is sent again, with the same message id.', {
      min: '100ms',
      max: '5m',
    }).prefault('5s'),
    publishesInFlightMax: z
      .int()
      .min(1)
      .max(100_000)
      .default(4_096)
      .describe('Publishes sent and not confirmed; further ones wait for a place.'),
    snapshotBytesMax: z
      .int()
      .min(1_048_576)
      .default(268_435_456)
      .describe('Room the bucket of snapshots takes in the store of the server.'),
  })
  .superRefine((config, ctx) => {
    const given = (['user', 'token', 'nkeySeed', 'credsFile'] as const).filter(
      (field) => config[field] !== undefined,
    );
    if (given.length > 1)
      ctx.addIssue({ code: 'custom', message: `give one kind of credentials, not ${given.join(' and ')}` });
    if (config.password !== undefined && config.user === undefined)
      ctx.addIssue({ code: 'custom', path: ['password'], message: 'a password needs a user' });
    if ((config.tls?.certFile === undefined) !== (config.tls?.keyFile === undefined))
      ctx.addIssue({ code: 'custom', path: ['tls'], message: 'certFile and keyFile belong together' });
  });

export type NatsConfig = z.output<typeof natsConfig>;
/** As written; defaults not yet filled in. */
export type NatsConfigInput = z.input<typeof natsConfig>;
