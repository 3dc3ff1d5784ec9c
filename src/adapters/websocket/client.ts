/** One client of the feed: sends frames while it keeps up, lets it go when it does not. */
import type { WebSocket } from 'ws';

export interface ClientLimits {
  /** Bytes that may wait for a client. Above it the client has `slowMsMax` to catch up. */
  readonly bufferBytesMax: number;
  /** How long more than `bufferBytesMax` may wait. A moment's burst drops nobody. */
  readonly slowMsMax: number;
  /** How long a client has to answer the close before its connection is cut. */
  readonly closeGraceMs: number;
}

/** Whatever the time, no client has more than this many times `bufferBytesMax` waiting, and one frame. */
const BURST_FACTOR = 4;

export class Client {
  private readonly socket: WebSocket;
  private readonly limits: ClientLimits;
  private readonly onSlow: () => void;
  private slowSinceMs: number | undefined;
  private cut: NodeJS.Timeout | undefined;
  private answered = true;

  constructor(socket: WebSocket, limits: ClientLimits, onSlow: () => void) {
    this.socket = socket;
    this.limits = limits;
    this.onSlow = onSlow;
    socket.on('pong', () => {
      this.answered = true;
    });
    socket.on('close', () => {
      clearTimeout(this.cut);
    });
  }

  send(frame: Buffer): void {
    if (this.checkPace()) this.socket.send(frame, { binary: false });
  }

  /** Cuts a connection that did not answer the ping before this one. */
  heartbeat(): void {
    if (!this.checkPace()) return;
    if (!this.answered) {
      this.socket.terminate();
      return;
    }
    this.answered = false;
    this.socket.ping();
  }

  /** Asks to close; cuts the connection when that takes longer than the grace. Nothing is sent any more. */
  close(code: number, reason: string): void {
    if (this.cut !== undefined) return;
    this.socket.close(code, reason);
    this.cut = setTimeout(() => {
      this.socket.terminate();
    }, this.limits.closeGraceMs);
  }

  /** Whether the client may get more; one that has been too slow is let go. */
  private checkPace(): boolean {
    if (this.cut !== undefined) return false;
    const { bufferBytesMax, slowMsMax } = this.limits;
    const waiting = this.socket.bufferedAmount;
    if (waiting <= bufferBytesMax) {
      this.slowSinceMs = undefined;
      return true;
    }
    const nowMs = performance.now();
    this.slowSinceMs ??= nowMs;
    if (waiting <= bufferBytesMax * BURST_FACTOR && nowMs - this.slowSinceMs <= slowMsMax) return true;
    this.close(1013, `slow consumer: ${waiting} bytes waiting, at most ${bufferBytesMax}`);
    this.onSlow();
    return false;
  }
}
