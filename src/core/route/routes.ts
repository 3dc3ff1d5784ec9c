/** Which queues a scored message also goes to. */
import { ConditionError, conditionCompiler, type Condition, type ConditionFields } from '../config/cel.ts';
import type { Problem } from '../config/problem.ts';
import type { Author, Engagement, Message } from '../message/message.ts';
import type { Sentiment } from '../sentiment/engine.port.ts';
import type { ROUTE_FIELDS, RouteConfig } from './route.config.ts';

/** What a route looks at. */
interface RoutableMessage {
  readonly message: Message;
  readonly sentiment: Pick<Sentiment, 'label' | 'score'>;
}

interface RouteVerdict {
  /** In the order of the file. */
  readonly queues: readonly string[];
  /** Conditions that could not be evaluated for this message; it does not go to their queues. */
  readonly errors: readonly { readonly queue: string; readonly error: string }[];
}

/** Never throws. */
export type Router = (scored: RoutableMessage) => RouteVerdict;

class AuthorValues {
  id = '';
  handle = '';
  name = '';
  followers = 0;
  bot = false;
  role = '';

  constructor(author: Author | undefined) {
    if (!author) return;
    this.id = author.id ?? '';
    this.handle = author.handle ?? '';
    this.name = author.name ?? '';
    this.followers = author.followers ?? 0;
    this.bot = author.bot ?? false;
    this.role = author.role ?? '';
  }
}

class EngagementValues {
  likes = 0;
  reposts = 0;
  replies = 0;
  quotes = 0;
  views = 0;

  constructor(engagement: Engagement | undefined) {
    if (!engagement) return;
    this.likes = engagement.likes ?? 0;
    this.reposts = engagement.reposts ?? 0;
    this.replies = engagement.replies ?? 0;
    this.quotes = engagement.quotes ?? 0;
    this.views = engagement.views ?? 0;
  }
}

const FIELDS = {
  label: 'string',
  score: 'double',
  channel: 'string',
  source: 'string',
  kind: 'string',
  lang: 'string',
  text: 'string',
  author: {
    ctor: AuthorValues,
    fields: {
      id: 'string',
      handle: 'string',
      name: 'string',
      followers: 'double',
      bot: 'bool',
      role: 'string',
    },
  },
  engagement: {
    ctor: EngagementValues,
    fields: { likes: 'double', reposts: 'double', replies: 'double', quotes: 'double', views: 'double' },
  },
  tags: 'list<string>',
} as const satisfies ConditionFields & Record<keyof typeof ROUTE_FIELDS, unknown>;

const NO_ROUTES: RouteVerdict = { queues: [], errors: [] };

/** Compiles every route; a route with a problem is left out of the router. Paths are relative to `routes`. */
export function compileRoutes(routes: readonly RouteConfig[]): {
  readonly route: Router;
  readonly problems: readonly Problem[];
} {
  if (routes.length === 0) return { route: () => NO_ROUTES, problems: [] };
  const compile = conditionCompiler(FIELDS);
  const problems: Problem[] = [];
  const compiled: { queue: string; when: Condition }[] = [];
  for (const [index, { queue, when }] of routes.entries()) {
    try {
      compiled.push({ queue, when: compile(when) });
    } catch (error) {
      if (!(error instanceof ConditionError)) throw error;
      problems.push({ path: [index, 'when'], message: error.message });
    }
  }
  return { route: (scored) => decide(compiled, scored), problems };
}

function decide(
  routes: readonly { readonly queue: string; readonly when: Condition }[],
  scored: RoutableMessage,
): RouteVerdict {
  const values = valuesOf(scored);
  let verdict: { queues: string[]; errors: { queue: string; error: string }[] } | undefined;
  for (const { queue, when } of routes) {
    const result = when(values);
    if (result.ok && !result.holds) continue;
    verdict ??= { queues: [], errors: [] };
    if (result.ok) verdict.queues.push(queue);
    else verdict.errors.push({ queue, error: result.error });
  }
  return verdict ?? NO_ROUTES;
}

function valuesOf({ message, sentiment }: RoutableMessage): Record<keyof typeof FIELDS, unknown> {
  return {
    label: sentiment.label,
    score: sentiment.score,
    channel: message.channel,
    source: message.source,
    kind: message.kind,
    lang: message.lang ?? '',
    text: message.text,
    author: new AuthorValues(message.author),
    engagement: new EngagementValues(message.engagement),
    tags: message.tags ?? [],
  };
}
