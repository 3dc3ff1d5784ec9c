/** The clients with one filter: what they get is buffered and framed once for all of them. */
import type { FeedFilter } from './filter.ts';

/** Events, and characters of JSON, that one frame holds. */
const FRAME_EVENTS_MAX = 50;
const FRAME_CHARS_MAX = 262_144;

export interface FrameReceiver {
  send(frame: Buffer): void;
}

export class Group<Client extends FrameReceiver> {
  readonly filter: FeedFilter;
  readonly clients = new Set<Client>();
  private readonly buffered: string[] = [];
  private bufferedChars = 0;

  constructor(filter: FeedFilter) {
    this.filter = filter;
  }

  add(element: string): void {
    this.buffered.push(element);
    this.bufferedChars += element.length;
    if (this.buffered.length >= FRAME_EVENTS_MAX || this.bufferedChars >= FRAME_CHARS_MAX) this.flush();
  }

  /** Sends what is buffered as one text frame, a JSON array. */
  flush(): void {
    if (this.buffered.length === 0) return;
    const frame = Buffer.from(`[${this.buffered.join(',')}]`);
    this.buffered.length = 0;
    this.bufferedChars = 0;
    for (const client of this.clients) client.send(frame);
  }
}
