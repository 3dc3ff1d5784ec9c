/** What NATS says, as the errors of the bus port. */
import { JetStreamApiError } from '@nats-io/jetstream';
import type { ApiError } from '@nats-io/jetstream';
import { errors } from '@nats-io/transport-node';
import { BusError } from '../../core/bus/bus.port.ts';
import type { BusErrorCode } from '../../core/bus/bus.port.ts';
import { errorText } from '../../core/errors/error-text.ts';

/** `err_code` of the JetStream API, as far as they mean something to us. */
export const API_CODE = {
  consumerNotFound: 10014,
  streamNameInUse: 10058,
  streamNotFound: 10059,
  subjectsOverlap: 10065,
  wrongLastSequence: 10071,
} as const;

const MESSAGE_TOO_LARGE = 10054;
/** Asked of a server that is no cluster. */
const REPLICAS_NOT_SUPPORTED = 10074;
/** No room: memory, resources, storage, the account's limit, the stream's store (a full disk among others). */
const NO_ROOM: ReadonlySet<number> = new Set([10028, 10023, 10047, 10002, 10077]);
const STORE_HINT =
  'lower EARSHOT_STORE_BYTES_MAX, or raise the limits of the server (max_file_store, max_memory_store)';

export function apiErrorOf(error: unknown): ApiError | undefined {
  return error instanceof JetStreamApiError ? error.apiError() : undefined;
}

/** An error of the JetStream API met while doing `what`: `stream EARSHOT_IN: creating it`. */
export function fromApiError({ err_code, code, description }: ApiError, what: string): BusError {
  const said = `${what}: ${description} (JetStream error ${err_code})`;
  if (NO_ROOM.has(err_code)) return busError('BUS_STORAGE', `${said}; ${STORE_HINT}`, true);
  if (err_code === MESSAGE_TOO_LARGE) return busError('BUS_PAYLOAD_TOO_LARGE', said, false);
  if (err_code === API_CODE.streamNotFound || err_code === API_CODE.consumerNotFound)
    return busError('BUS_NO_STREAM', said, false);
  if (err_code === REPLICAS_NOT_SUPPORTED) return busError('BUS_STREAM_CONFLICT', said, false);
  // 5xx of the API is the broker's own trouble: no leader yet, temporarily unavailable.
  if (code >= 500) return busError('BUS_TIMEOUT', said, true);
  return busError('BUS_STREAM_CONFLICT', said, false);
}

/** Any failure of a request, met while doing `what`. */
export function toBusError(error: unknown, what: string): BusError {
  if (error instanceof BusError) return error;
  const api = apiErrorOf(error);
  if (api !== undefined) return fromApiError(api, what);
  const said = `${what}: ${errorText(error)}`;
  if (error instanceof errors.ClosedConnectionError || error instanceof errors.DrainingConnectionError)
    return busError('BUS_CLOSED', said, false, error);
  const cause = error instanceof Error ? error.cause : undefined;
  if ([error, cause].some((one) => one instanceof errors.PermissionViolationError))
    return busError('BUS_CREDENTIALS', said, false, error);
  return busError('BUS_TIMEOUT', said, true, error);
}

export function busError(code: BusErrorCode, message: string, canRetry: boolean, cause?: unknown): BusError {
  return new BusError(code, message, { canRetry, cause });
}

export const closedError = (): BusError => busError('BUS_CLOSED', 'the bus is closed', false);
