/** Asks a running Earshot over its HTTP API. */
import type { Command } from 'commander';
import { errorText } from '../core/errors/error-text.ts';
import { UsageError, type ExitCode, type Io } from './io.ts';
import { settingsFrom } from './settings-options.ts';

const ANSWER_MS_MAX = 30_000;

export interface ApiFlags {
  readonly url?: string;
  readonly tokenFile?: string;
  readonly json?: boolean;
}

export function addApiFlags(command: Command): Command {
  return command
    .option('--url <url>', 'where Earshot serves (EARSHOT_URL; else the address of EARSHOT_LISTEN)')
    .option('--token-file <file>', 'file with your token (EARSHOT_TOKEN_FILE, EARSHOT_TOKEN)')
    .option('--json', 'the answer of the API as it is');
}

/** The API refused, or could not be asked. */
export class ApiError extends Error {
  override readonly name = 'ApiError';
  readonly code: string;
  readonly canRetry: boolean;
  /** 1: it was asked, and the answer is no; 2: it could not be tried. */
  readonly exitCode: ExitCode;

  constructor(
    code: string,
    message: string,
    options: { exitCode: ExitCode; canRetry: boolean; cause?: unknown },
  ) {
    super(message, options.cause === undefined ? undefined : { cause: options.cause });
    this.code = code;
    this.canRetry = options.canRetry;
    this.exitCode = options.exitCode;
  }
}

export interface ApiClient {
  /** Undefined values are left out. Rejects with an `ApiError`. */
  get<T>(path: string, query?: Readonly<Record<string, string | undefined>>): Promise<T>;
  send<T>(method: 'POST' | 'DELETE', path: string, body: unknown): Promise<T>;
}

/** Throws a `UsageError` for a URL that is none, and for a token file that cannot be read. */
export async function openApi(flags: ApiFlags, io: Io): Promise<ApiClient> {
  // A flag goes before the environment, also where that names the token itself.
  const env = flags.tokenFile === undefined ? io.env : { ...io.env, EARSHOT_TOKEN: undefined };
  const { tokenFile } = flags;
  const settings = await settingsFrom(tokenFile === undefined ? {} : { tokenFile }, { ...io, env });
  const { token, listen } = settings.http;
  const base = baseUrl(flags.url ?? io.env.EARSHOT_URL, listen);
  const headers: Readonly<Record<string, string>> = {
    accept: 'application/json',
    ...(token === undefined ? {} : { authorization: `Bearer ${token}` }),
  };
  return {
    get: (path, query = {}) => {
      const url = new URL(`${base}${path}`);
      for (const [name, value] of Object.entries(query))
        if (value !== undefined) url.searchParams.set(name, value);
      return ask(base, url, { method: 'GET', headers });
    },
    send: (method, path, body) =>
      ask(base, new URL(`${base}${path}`), {
        ...{ method, body: JSON.stringify(body) },
        headers: { ...headers, 'content-type': 'application/json' },
      }),
  };
}

function baseUrl(given: string | undefined, listen: string): string {
  if (given === undefined && listen === 'off')
    throw new UsageError('alerts: nothing is served (http.listen is off); give --url or set EARSHOT_URL');
  const text = given ?? `http://${listen}`;
  const url = URL.canParse(text) ? new URL(text) : undefined;
  const { protocol = '', username = '', search = '', hash = '' } = url ?? {};
  const isMore = username + search + hash !== '';
  if (!url || !['http:', 'https:'].includes(protocol) || isMore)
    // What may hold a password or a token is not repeated.
    throw new UsageError(
      `--url: ${isMore ? 'what is given' : `'${text}'`} is not an address such as http://127.0.0.1:8377; a token goes into EARSHOT_TOKEN or --token-file`,
    );
  return `${url.origin}${url.pathname.replace(/\/+$/, '')}`;
}

async function ask<T>(base: string, url: URL, request: RequestInit): Promise<T> {
  let response: Response;
  let text: string;
  try {
    // No redirect is followed: it would take the token along.
    const signal = AbortSignal.timeout(ANSWER_MS_MAX);
    response = await fetch(url, { ...request, redirect: 'manual', signal });
    text = await response.text();
  } catch (error) {
    throw new ApiError('API_UNREACHABLE', `no answer from ${base}: ${reason(error)}. ${START_HINT}`, {
      ...{ exitCode: 2, canRetry: true, cause: error },
    });
  }
  const body = parse(text);
  if (response.ok && body !== undefined) return body as T;
  throw refusal(base, response.status, body);
}

const START_HINT = 'Is it running there? Say where with --url or EARSHOT_URL';

/** `fetch failed` says nothing; its cause does. */
function reason(error: unknown): string {
  const inner = error instanceof Error && error.cause !== undefined ? error.cause : error;
  const code = inner instanceof Error && 'code' in inner ? String(inner.code) : '';
  return [errorText(inner), code].find((text) => text !== '') ?? 'unknown';
}

function refusal(base: string, status: number, body: unknown): ApiError {
  const { error } = (body ?? {}) as {
    readonly error?: { readonly code?: string; readonly message?: string };
  };
  const said = error?.message;
  if (said === undefined)
    return new ApiError(
      'API_STRANGE',
      `${base} answers ${status}, and not as Earshot does; is it the right --url?`,
      {
        ...{ exitCode: 2, canRetry: false },
      },
    );
  const hint = (error?.code === undefined ? undefined : BROKER_HINTS[error.code]) ?? HINTS[status] ?? '';
  const exitCode = status === 404 || status === 409 ? 1 : 2;
  return new ApiError(error?.code ?? 'API_REFUSED', `${said}${hint}`, { exitCode, canRetry: status === 503 });
}

const HINTS: Readonly<Record<number, string>> = {
  401: '. Set EARSHOT_TOKEN, or give --token-file',
  403: '. Use the token of a moderator in EARSHOT_TOKEN or --token-file',
};

const BROKER_AWAY =
  '. Earshot runs, but its broker does not answer: see that NATS runs and can be reached from there (/readyz tells), then ask again';
const BROKER_HINTS: Readonly<Record<string, string>> = { BUS_TIMEOUT: BROKER_AWAY, BUS_CLOSED: BROKER_AWAY };

function parse(text: string): unknown {
  try {
    return JSON.parse(text) as unknown;
  } catch {
    return undefined;
  }
}
