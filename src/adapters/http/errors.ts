import { errorText } from '../../core/errors/error-text.ts';

export type HttpServerErrorCode = 'HTTP_TOKEN_REQUIRED' | 'HTTP_ADDRESS_IN_USE' | 'HTTP_LISTEN';

/** The server cannot start; the message says what to do. */
export class HttpServerError extends Error {
  override readonly name = 'HttpServerError';
  readonly code: HttpServerErrorCode;
  readonly canRetry = false;

  constructor(code: HttpServerErrorCode, message: string, cause?: unknown) {
    super(message, cause === undefined ? undefined : { cause });
    this.code = code;
  }
}

/** A request that is not answered as asked; the message names the value, the place and what is allowed. */
export class RequestError extends Error {
  override readonly name = 'RequestError';
  readonly status: 400 | 404 | 409 | 501 | 503;
  readonly code: string;
  readonly canRetry: boolean;

  constructor(status: RequestError['status'], code: string, message: string, cause?: unknown) {
    super(message, cause === undefined ? undefined : { cause });
    this.status = status;
    this.code = code;
    this.canRetry = status === 503;
  }
}

/** What `listen` failed with, in words. */
export function listenError(error: unknown, { host, port }: { host: string; port: number }): HttpServerError {
  const at = `${host.includes(':') ? `[${host}]` : host}:${port}`;
  const code = error instanceof Error && 'code' in error ? error.code : undefined;
  if (code === 'EADDRINUSE') {
    const message = `${at} is already in use: stop the process that listens there, or set EARSHOT_LISTEN to another port`;
    return new HttpServerError('HTTP_ADDRESS_IN_USE', message, error);
  }
  const why = errorText(error);
  return new HttpServerError('HTTP_LISTEN', `cannot listen on ${at}: ${why}`, error);
}
