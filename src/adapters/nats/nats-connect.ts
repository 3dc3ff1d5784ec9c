/** The first connection: addresses, credentials, TLS, patience. No secret leaves this file in a text. */
import { accessSync, constants, readFileSync } from 'node:fs';
import { connect, credsAuthenticator, errors, nkeyAuthenticator } from '@nats-io/transport-node';
import type { Authenticator, NatsConnection, NodeConnectionOptions } from '@nats-io/transport-node';
import type { BusError } from '../../core/bus/bus.port.ts';
import { busError } from './nats-errors.ts';
import type { NatsConfig } from './nats.config.ts';
import { retryUntil } from './retry-until.ts';
import { errorText } from '../../core/errors/error-text.ts';

/** Unanswered pings before a silent connection counts as lost: half a minute. */
const PING_INTERVAL_MS = 10_000;
const PINGS_OUT_MAX = 2;
const RETRY_WAIT_MS_MAX = 250;
/** One attempt on one server, now and at every reconnection: a silent address must not keep us from the next. */
const DIAL_MS_MAX = 5_000;
const JITTER_MS_MAX = 100;
/** Servers that are dialled at once after the clock was set back. */
const STALE_DIALS_MAX = 16;
const CREDENTIALS_HINT =
  'set EARSHOT_NATS_USER and EARSHOT_NATS_PASSWORD, EARSHOT_NATS_TOKEN, EARSHOT_NATS_NKEY_SEED or EARSHOT_NATS_CREDS_FILE';
const CERTIFICATE_CODES = /CERT|_TLS_|SELF_SIGNED|UNABLE_TO|_SSL_/;

interface Target {
  /** `host:port`, nothing secret. */
  readonly addresses: readonly string[];
  readonly options: NodeConnectionOptions;
}

/** Connects, trying again until `connectTimeout` while nobody answers; wrong credentials and certificates fail at once.
 *  @throws BusError BUS_CREDENTIALS, or BUS_CONNECT naming the addresses. */
export async function openConnection(config: NatsConfig): Promise<NatsConnection> {
  const { addresses, options } = connectionTarget(config);
  const deadlineMs = performance.now() + config.connectTimeout;
  const waitMs = Math.min(RETRY_WAIT_MS_MAX, config.reconnectWait);
  return retryUntil({ deadlineMs, waitMs }, async () => {
    try {
      return await connect(options);
    } catch (error) {
      throw connectFailure(error, addresses, config.connectTimeout);
    }
  });
}

function connectFailure(error: unknown, addresses: readonly string[], timeoutMs: number): BusError {
  const at = addresses.join(', ');
  const said = errorText(error);
  if (error instanceof errors.AuthorizationError || error instanceof errors.UserAuthenticationExpiredError)
    return busError(
      'BUS_CREDENTIALS',
      `NATS at ${at} refuses the credentials: ${said}; ${CREDENTIALS_HINT}`,
      false,
    );
  const code = error instanceof Error && 'code' in error ? String(error.code) : '';
  if (CERTIFICATE_CODES.test(code) || said.includes("'tls'"))
    return busError(
      'BUS_CONNECT',
      `no TLS with NATS at ${at}: ${said}${code === '' ? '' : ` (${code})`}`,
      false,
    );
  return busError('BUS_CONNECT', `no NATS at ${at} within ${timeoutMs} ms: ${said}`, true, error);
}

function connectionTarget(config: NatsConfig): Target {
  const parsed = config.servers.map(parseServer);
  const inUrl = parsed.find(({ user }) => user !== undefined);
  const user = config.user ?? (inUrl?.password === undefined ? undefined : inUrl.user);
  const pass = config.password ?? inUrl?.password;
  const token = config.token ?? (inUrl?.password === undefined ? inUrl?.user : undefined);
  const authenticator = keyAuthenticator(config);
  for (const [field, path] of Object.entries(config.tls ?? {}))
    if (path !== undefined) refuseUnreadable(`tls.${field}`, path);
  const tls = config.tls ?? (parsed.some((server) => server.tls) ? {} : undefined);
  return {
    addresses: parsed.map(({ address }) => address),
    options: {
      servers: parsed.map(({ address }) => address),
      name: config.name,
      timeout: Math.min(config.connectTimeout, DIAL_MS_MAX),
      ...(authenticator !== undefined ? { authenticator } : {}),
      ...(authenticator === undefined && user !== undefined ? { user, pass: pass ?? '' } : {}),
      ...(authenticator === undefined && user === undefined && token !== undefined ? { token } : {}),
      ...(tls === undefined ? {} : { tls: withoutUndefined(tls) }),
      maxReconnectAttempts: -1,
      reconnectDelayHandler: reconnectDelay(config.reconnectWait),
      // Credentials may be put right while we try, so a refusal never ends the attempts.
      ignoreAuthErrorAbort: true,
      pingInterval: PING_INTERVAL_MS,
      maxPingOut: PINGS_OUT_MAX,
      noAsyncTraces: true,
    },
  };
}

/** The client remembers by the wall clock when it dialled a server last: set back by an hour, it would wait for an hour. */
function reconnectDelay(waitMs: number): () => number {
  const aheadMs = () => Date.now() - performance.now();
  let seenAheadMs = aheadMs();
  let staleDials = 0;
  return () => {
    const nowAheadMs = aheadMs();
    if (nowAheadMs < seenAheadMs - waitMs) staleDials = STALE_DIALS_MAX;
    seenAheadMs = nowAheadMs;
    if (staleDials-- > 0) return Number.NEGATIVE_INFINITY;
    return waitMs + Math.random() * JITTER_MS_MAX;
  };
}

/** `nats://user:password@host:4222` in parts; a user without a password is a token, as everywhere in NATS. */
function parseServer(text: string, index: number) {
  let url: URL;
  try {
    url = new URL(text.includes('://') ? text : `nats://${text}`);
  } catch {
    // Neither the text nor the parser's error, which quotes it: it may hold a password.
    throw busError('BUS_CONNECT', `servers.${index} is not an address; write nats://host:4222`, false);
  }
  if (url.hostname === '' || !['nats:', 'tls:'].includes(url.protocol))
    throw busError(
      'BUS_CONNECT',
      `servers.${index} has the scheme ${url.protocol}//; allowed are nats:// and tls://`,
      false,
    );
  return {
    address: `${url.hostname}:${url.port === '' ? '4222' : url.port}`,
    tls: url.protocol === 'tls:',
    user: url.username === '' ? undefined : decodeURIComponent(url.username),
    password: url.password === '' ? undefined : decodeURIComponent(url.password),
  };
}

/** The client would take a missing file for a server that does not answer, and try for ever. */
function refuseUnreadable(field: string, path: string): void {
  try {
    accessSync(path, constants.R_OK);
  } catch {
    throw busError('BUS_CONNECT', `${field}: cannot read ${path}`, false);
  }
}

/** Tried once here: the client calls it only in mid handshake, where a bad seed closes the connection without a word. */
function keyAuthenticator({ nkeySeed, credsFile }: NatsConfig): Authenticator | undefined {
  if (nkeySeed === undefined && credsFile === undefined) return undefined;
  const place = nkeySeed === undefined ? `credsFile ${credsFile}` : 'nkeySeed';
  try {
    const authenticator =
      nkeySeed === undefined
        ? credsAuthenticator(readFileSync(credsFile ?? ''))
        : nkeyAuthenticator(new TextEncoder().encode(nkeySeed.trim()));
    authenticator('nonce');
    return authenticator;
  } catch (error) {
    const missing = error instanceof Error && 'code' in error && error.code === 'ENOENT';
    throw busError(
      'BUS_CREDENTIALS',
      `${place} ${missing ? 'does not exist' : 'holds no usable key'}`,
      false,
    );
  }
}

function withoutUndefined<T extends object>(value: T): { [K in keyof T]: Exclude<T[K], undefined> } {
  return Object.fromEntries(Object.entries(value).filter(([, field]) => field !== undefined)) as {
    [K in keyof T]: Exclude<T[K], undefined>;
  };
}
