import type { Message, ScoredMessage } from '../message/message.ts';

/** What trends are found in: messages, with their sentiment and their place in the stream where these are known. */
export type Observed = Message & {
  readonly sentiment?: ScoredMessage['sentiment'];
  readonly sequence?: number;
};
