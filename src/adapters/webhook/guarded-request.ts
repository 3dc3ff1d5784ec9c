/** A POST that goes only where it may: the host is looked up once, every address is judged, and the connection is made to
 *  one that passed, whatever the name server says a moment later. Redirects are answers like any other. */
import type { LookupAddress } from 'node:dns';
import { lookup as systemLookup } from 'node:dns/promises';
import http, { type IncomingMessage } from 'node:http';
import https from 'node:https';
import { isIP, type LookupFunction } from 'node:net';
import type { AddressGuard } from '../../core/outgoing/addresses.ts';

/** Looks a name up: every address it has. */
export type Resolve = (hostname: string) => Promise<readonly LookupAddress[]>;

export interface GuardedRequest {
  readonly url: URL;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string;
  readonly guard: AddressGuard;
  /** What the guard lets through besides public addresses, for the error. */
  readonly allowTo: readonly string[];
  readonly resolve: Resolve;
  readonly signal: AbortSignal;
}

/** The target may not be asked: configuration, not weather. */
export class TargetRefusedError extends Error {
  override readonly name = 'TargetRefusedError';
  readonly code = 'SINK_TARGET_REFUSED';
  readonly canRetry = false;
}

export const systemResolve: Resolve = (hostname) => systemLookup(hostname, { all: true });

/** Resolves with the answer's head; its body is the caller's to read or destroy. Rejects with a `TargetRefusedError`, with
 *  what the network says, or with the signal's reason. */
export async function postGuarded(request: GuardedRequest): Promise<IncomingMessage> {
  const { url, headers, body, signal } = request;
  const addresses = await permittedAddresses(request);
  const { request: open } = url.protocol === 'https:' ? https : http;
  return new Promise((resolve, reject) => {
    const outgoing = open(url, {
      method: 'POST',
      headers: { ...headers, 'content-length': String(Buffer.byteLength(body)) },
      lookup: pinned(addresses),
      agent: false, // A connection of its own: never one that was opened to an address judged for something else.
      signal,
    });
    outgoing.once('response', resolve);
    outgoing.once('error', (error) => {
      reject(signal.aborted ? (signal.reason as Error) : error);
    });
    outgoing.end(body);
  });
}

async function permittedAddresses(request: GuardedRequest): Promise<LookupAddress[]> {
  const { url, guard, allowTo, resolve, signal } = request;
  const host = url.hostname.replace(/^\[(.*)\]$/, '$1');
  const family = isIP(host);
  const found = family === 0 ? await unlessAborted(resolve(host), signal) : [{ address: host, family }];
  const judged = found.map((entry) => ({ entry, refusal: guard(entry.address) }));
  const permitted = judged.flatMap(({ entry, refusal }) => (refusal === undefined ? [entry] : []));
  if (permitted.length > 0) return permitted;
  const refusals = judged.map(({ entry: { address }, refusal }) => `${address} is ${refusal}`);
  const why = refusals.join(', ') || 'its name has no address';
  throw new TargetRefusedError(
    `${url.origin} is refused: ${why}; allowed are public addresses and those of allowTo (now ${allowTo.join(', ') || 'none'})`,
  );
}

/** Stands in for the name server when the connection is made. A host that is an address is not looked up at all. */
function pinned(addresses: LookupAddress[]): LookupFunction {
  return (_hostname, { all }, callback) => {
    const [first] = addresses;
    if (all === true) callback(null, addresses);
    else callback(null, first?.address ?? '', first?.family);
  };
}

/** A lookup cannot be taken back; it need not be waited for. */
function unlessAborted<T>(work: Promise<T>, signal: AbortSignal): Promise<T> {
  return new Promise((resolve, reject) => {
    const abort = () => {
      reject(signal.reason as Error);
    };
    if (signal.aborted) return abort();
    signal.addEventListener('abort', abort, { once: true });
    work.then(resolve, reject).finally(() => {
      signal.removeEventListener('abort', abort);
    });
  });
}
