/** Who may ask, and for what: tokens with their roles, and the checks that keep web pages of other sites away. */
import { createHash, timingSafeEqual } from 'node:crypto';
import type { IncomingHttpHeaders } from 'node:http';
import { BlockList, isIP } from 'node:net';
import { HttpServerError } from './errors.ts';

/** A viewer reads, a moderator also acts. */
export const ACCESS_ROLES = ['viewer', 'moderator'] as const;
export type AccessRole = (typeof ACCESS_ROLES)[number];

/** Who asks. The name goes into the audit. */
export interface Principal {
  readonly name: string;
  readonly role: AccessRole;
}

export interface AccessToken extends Principal {
  readonly token: string;
}

/** Whoever asks a server on loopback that has no tokens. */
export const LOCAL: Principal = { name: 'local', role: 'moderator' };

/** An answer other than the one asked for. */
export interface Refusal {
  readonly status: 400 | 401 | 403 | 415;
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
export function requireTokenFor(host: string, tokens: readonly AccessToken[]): void {
  if (tokens.length > 0 || isLoopback(host)) return;
  throw new HttpServerError(
    'HTTP_TOKEN_REQUIRED',
    `'${host}' can be reached from other machines: set EARSHOT_TOKEN or EARSHOT_TOKEN_FILE, ` +
      'or http.tokens in the settings file, or listen on 127.0.0.1',
  );
}

const digest = (text: string): Buffer => createHash('sha256').update(text).digest();

/** Answers who asks, or why they may not. */
export interface Guard {
  /** Of every request: that it is for us and not sent by a page of another site. */
  origin(headers: IncomingHttpHeaders): Refusal | undefined;
  /** By `authorization: Bearer <token>`. */
  principal(headers: IncomingHttpHeaders): Principal | Refusal;
  /** The same; or by the subprotocol, for browsers, whose WebSockets send no such header. */
  feedPrincipal(headers: IncomingHttpHeaders): Principal | Refusal;
}

/** The checks of one server. */
export function createGuard(tokens: readonly AccessToken[]): Guard {
  const known = tokens.map(({ token, name, role }) => ({ digest: digest(token), who: { name, role } }));
  const isOpen = known.length === 0;
  const whose = (given: string | undefined, where: string): Principal | Refusal => {
    if (isOpen) return LOCAL;
    if (given === undefined) return unauthorized(`needs ${where}`);
    const asked = digest(given);
    // All of them are compared, so that the time tells nothing of which.
    const [found] = known.filter((one) => timingSafeEqual(one.digest, asked));
    return found?.who ?? unauthorized('no such token: use one of those that the server was started with');
  };
  return {
    origin({ host, origin }) {
      if (isOpen && !isLoopback(hostname(host)))
        // A page of another site whose name was pointed at 127.0.0.1 (DNS rebinding) would carry that name.
        return forbidden('BAD_HOST', `host '${host ?? ''}' is not this machine; use localhost or 127.0.0.1`);
      if (origin !== undefined && !sameHost(origin, host))
        return forbidden('BAD_ORIGIN', `origin '${origin}' is another site than '${host ?? ''}'`);
      return undefined;
    },
    principal: (headers) => whose(bearerOf(headers), 'the header authorization: Bearer <token>'),
    feedPrincipal: (headers) =>
      whose(
        bearerOf(headers) ?? subprotocolToken(headers),
        "the header authorization: Bearer <token>, or from a browser the subprotocols 'earshot' and 'bearer.<base64url of the token>'",
      ),
  };
}

export const isRefusal = (answer: Principal | Refusal): answer is Refusal => 'status' in answer;

/** Why somebody of this role may not do what needs `needed`. */
export function roleRefusal(who: Principal, needed: AccessRole): Refusal | undefined {
  if (needed === 'viewer' || who.role === needed) return undefined;
  return forbidden(
    'NEEDS_MODERATOR',
    `'${who.name}' is a viewer: reading is allowed, acting needs the token of a moderator`,
  );
}

/** Of a request that changes something. A form of another site can send neither this type nor this header. */
export function changeRefusal(headers: IncomingHttpHeaders): Refusal | undefined {
  const site = headers['sec-fetch-site'];
  if (site === 'cross-site' || site === 'same-site')
    return forbidden('BAD_ORIGIN', `a page of another site asks for a change (sec-fetch-site: ${site})`);
  const [type = ''] = (headers['content-type'] ?? '').split(';', 1);
  if (type.trim().toLowerCase() === 'application/json') return undefined;
  const got = type === '' ? 'none' : `'${type.slice(0, 100)}'`;
  return {
    status: 415,
    code: 'NEEDS_JSON',
    message: `a request that changes something needs the header content-type: application/json (got ${got})`,
  };
}

/** What the feed speaks, and what carries the token of a browser: `bearer.<base64url of the token>`. */
const FEED_SUBPROTOCOL = 'earshot';
export const TOKEN_SUBPROTOCOL = 'bearer.';

function bearerOf({ authorization = '' }: IncomingHttpHeaders): string | undefined {
  return /^bearer +(\S+) *$/i.exec(authorization)?.[1];
}

export function subprotocolsOf(headers: IncomingHttpHeaders): readonly string[] {
  const offered = (headers['sec-websocket-protocol'] ?? '').split(',').map((one) => one.trim());
  return offered.filter((one) => one !== '');
}

function subprotocolToken(headers: IncomingHttpHeaders): string | undefined {
  const offered = subprotocolsOf(headers);
  const token = offered.find((one) => one.startsWith(TOKEN_SUBPROTOCOL))?.slice(TOKEN_SUBPROTOCOL.length);
  if (token === undefined || !offered.includes(FEED_SUBPROTOCOL)) return undefined;
  return Buffer.from(token, 'base64url').toString();
}

const unauthorized = (message: string): Refusal => ({ status: 401, code: 'UNAUTHORIZED', message });
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
