import type { Observed } from './alert.ts';

/** What a channel looks like now. */
export interface ChannelView {
  readonly channel: string;
  readonly overMs: number;
  readonly observed: Observed;
}
