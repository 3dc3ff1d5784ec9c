/** The words of the wire: what a source delivers, normalized, and the same with its sentiment and relevance.
 *  The in-memory shape is the JSON shape, so that a message is serialized as it stands. */
import type { Sentiment } from '../sentiment/engine.port.ts';

export const MESSAGE_KINDS = ['create', 'edit', 'delete', 'engagement', 'survey', 'status'] as const;
export type MessageKind = (typeof MESSAGE_KINDS)[number];

export const AUTHOR_ROLES = ['customer', 'agent', 'system'] as const;
type AuthorRole = (typeof AUTHOR_ROLES)[number];

export interface Author {
  readonly id?: string;
  readonly handle?: string;
  readonly name?: string;
  readonly followers?: number;
  readonly bot?: boolean;
  /** The platform vouches for who this is. */
  readonly verified?: boolean;
  readonly role?: AuthorRole;
}

export interface Engagement {
  readonly likes?: number;
  readonly reposts?: number;
  readonly replies?: number;
  readonly quotes?: number;
  readonly views?: number;
  readonly mode?: 'snapshot' | 'delta';
}

export interface Survey {
  readonly type: 'nps' | 'csat' | 'ces';
  readonly score: number;
  readonly scale?: number;
}

/** A normalized message. Text is NFC without control characters and never longer than `MESSAGE_LIMITS.textCharsMax`. */
export interface Message {
  readonly id: string;
  /** The source's own version, or one derived so that an edit never shares a key with what it edits. */
  readonly version: string;
  readonly kind: MessageKind;
  /** Event time, epoch milliseconds; never later than arrival plus the allowed skew. */
  readonly time: number;
  readonly channel: string;
  readonly source: string;
  readonly text: string;
  readonly conversation?: string;
  readonly replyTo?: string;
  readonly repostOf?: string;
  readonly author?: Author;
  readonly lang?: string;
  readonly url?: string;
  readonly tags?: readonly string[];
  readonly mentions?: readonly string[];
  readonly links?: readonly string[];
  readonly media?: readonly string[];
  readonly engagement?: Engagement;
  readonly survey?: Survey;
  readonly campaign?: string;
  /** Fields that the envelope does not know, kept as they came. */
  readonly extra?: Readonly<Record<string, unknown>>;
}

/** What a pipeline publishes on `earshot.scored.<pipeline>.<channel>.<label>`: the message and what was found in it. */
export interface ScoredMessage extends Message {
  readonly pipeline: string;
  readonly sentiment: Sentiment;
  readonly relevance: {
    /** The parts of the listening query that matched, as written there. */
    readonly matched: readonly string[];
    /** `review`: the pipeline's filter was not sure; for a person to look at. */
    readonly verdict?: 'keep' | 'review';
    /** Of being relevant, by the filter with the correction of marks; absent where there is no filter or no text. */
    readonly probability?: number;
    /** What the filter alone says, and what marks added to its log-odds; beside `probability`. */
    readonly base?: number;
    readonly correction?: number;
    /** What the filter alone would have decided, where marks turned it. */
    readonly overruled?: 'keep' | 'review' | 'drop';
  };
  /** Queues that this message was also routed to. */
  readonly routes: readonly string[];
  /** When the broker stored the input, epoch milliseconds. */
  readonly arrival: number;
}

/** As most messages are: created, and in no later version. */
export const isFirst = ({ kind, version }: Pick<Message, 'kind' | 'version'>): boolean =>
  kind === 'create' && version === '0';

const FIRST_KEY_END = ':create:0';

/** The identity under which a message is published and counted once: id, kind of change and version. No two identities
 *  share a key: read from its end, the version holds no colon and the kind is one of a few. */
export function messageKey(message: Pick<Message, 'id' | 'kind' | 'version'>): string {
  const { id, kind, version } = message;
  if (isFirst(message)) return id + FIRST_KEY_END;
  return `${id}:${kind}:${/[:%]/.test(version) ? encodeURIComponent(version) : version}`;
}
