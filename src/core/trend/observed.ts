import type { Message, ScoredMessage } from '../message/message.ts';

/** What trends are found in: messages, with their sentiment where it is known. */
export type Observed = Message & { readonly sentiment?: ScoredMessage['sentiment'] };
