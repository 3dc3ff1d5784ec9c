/** A route: who may ask, what it takes, what it answers. */
import type { FastifyReply } from 'fastify';
import type { AccessRole, Principal, Refusal } from './access.ts';

export interface Ask {
  /** Who asks. */
  readonly who: Principal;
  /** The value of `:id`, decoded; empty for a path without. */
  readonly id: string;
  readonly query: URLSearchParams;
  /** Parsed JSON, not validated; undefined without a body. */
  readonly body: unknown;
  readonly nowMs: number;
}

/** JSON, or text whose type is among the headers; with status 200 unless told otherwise. */
export type Answer = {
  readonly status?: number;
  readonly headers?: Readonly<Record<string, string>>;
} & ({ readonly json: unknown } | { readonly text: string });

export interface Route {
  readonly method: 'GET' | 'POST' | 'DELETE';
  /** With `:id` for a part that varies. */
  readonly path: string;
  /** For people. */
  readonly what: string;
  /** Who may; what a moderator does changes something. */
  readonly access: 'everyone' | AccessRole;
  /** Of the body; a small one when absent. */
  readonly bodyBytesMax?: number;
  readonly handle: (ask: Ask) => Answer | Promise<Answer>;
}

/** What the methods of a path are; a GET answers HEAD too. */
export function methodsAt(routes: readonly Route[], path: string): string[] {
  return routes
    .filter((route) => matches(route.path, path))
    .flatMap(({ method }) => (method === 'GET' ? ['GET', 'HEAD'] : [method]));
}

function matches(pattern: string, path: string): boolean {
  const [want, have] = [pattern.split('/'), path.split('/')];
  return want.length === have.length && want.every((part, at) => part === have[at] || part === ':id');
}

const CHALLENGE = 'Bearer realm="earshot"';
export const challengeOf = (status: number): string | undefined => (status === 401 ? CHALLENGE : undefined);

export function refuse(reply: FastifyReply, { status, code, message }: Refusal): FastifyReply {
  const challenge = challengeOf(status);
  if (challenge !== undefined) void reply.header('www-authenticate', challenge);
  return send(reply, status, code, message);
}

export function send(reply: FastifyReply, status: number, code: string, message: string): FastifyReply {
  return reply.status(status).send({ error: { code, message } });
}
