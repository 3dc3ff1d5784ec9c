/** The silences of a pipeline: who asked that nobody be told of what, and until when. */
import type { AlertCommand, Matcher } from './command.ts';
import { compileMatchers, MatcherError, type Labels, type MatchesAll } from './matcher.ts';

/** Silences that are active or still to come. */
const SILENCES_MAX = 500;
/** Those that ended are shown this long, and at most so many. */
const EXPIRED_SHOWN_MS = 86_400_000;
const EXPIRED_SHOWN_MAX = 100;

export interface SilenceState {
  /** The id of the command that made it. */
  readonly id: string;
  readonly matchers: readonly Matcher[];
  readonly by: string;
  readonly comment: string;
  /** Epoch milliseconds, as they are compared with event time. */
  readonly startsMs: number;
  readonly endsMs: number;
  /** Who ended it early. */
  readonly endedBy?: string;
}

export interface Silence extends SilenceState {
  readonly state: 'pending' | 'active' | 'expired';
}

type SilenceCommand = AlertCommand & { action: 'silence' };
type SilenceRefusal = 'expired' | 'unknown_silence' | 'bad_matcher' | 'bad_time' | 'too_many_silences';
export interface SilenceProblem {
  readonly reason: SilenceRefusal;
  readonly detail: string;
}

export class Silences {
  #silences: { readonly silence: SilenceState; readonly matches: MatchesAll }[];

  constructor(restored: readonly SilenceState[] = []) {
    this.#silences = restored.map((silence) => ({ silence, matches: compileMatchers(silence.matchers) }));
  }

  /** One that is to begin at once begins at `nowMs`, though event time may trail the clock of who asked: while a backlog is read,
   *  its author would be told of what he has silenced. */
  add(command: SilenceCommand, nowMs: number): SilenceProblem | undefined {
    const { id, matchers, by, comment, atMs, endsMs } = command;
    const startsMs = command.startsMs > atMs ? command.startsMs : Math.min(command.startsMs, nowMs);
    if (endsMs <= startsMs) return { reason: 'bad_time', detail: 'the silence ends before it begins' };
    if (endsMs <= nowMs)
      return { reason: 'expired', detail: `the silence ended at ${new Date(endsMs).toISOString()} already` };
    if (matchers.length === 0)
      return { reason: 'bad_matcher', detail: 'a silence needs at least one matcher' };
    const live = this.#silences.filter(({ silence }) => silence.endsMs > nowMs);
    if (live.length >= SILENCES_MAX)
      return { reason: 'too_many_silences', detail: `${SILENCES_MAX} silences are in force; end one first` };
    try {
      const silence = { id, matchers, by, comment, startsMs, endsMs };
      this.#silences = [...this.#shown(nowMs), { silence, matches: compileMatchers(matchers) }];
      return undefined;
    } catch (error) {
      if (!(error instanceof MatcherError)) throw error;
      return { reason: 'bad_matcher', detail: error.message };
    }
  }

  end(id: string, by: string, nowMs: number): SilenceProblem | undefined {
    const index = this.#silences.findIndex(({ silence }) => silence.id === id);
    const found = this.#silences[index];
    if (!found) return { reason: 'unknown_silence', detail: `there is no silence '${id}'` };
    const { silence } = found;
    if (silence.endsMs <= nowMs)
      return { reason: 'expired', detail: `the silence '${id}' has ended already` };
    const ended = { ...silence, startsMs: Math.min(silence.startsMs, nowMs), endsMs: nowMs, endedBy: by };
    this.#silences = this.#silences.with(index, { ...found, silence: ended });
    return undefined;
  }

  /** The silences that hold back what has these labels. */
  silencing(labels: Labels, nowMs: number): string[] {
    return this.#silences
      .filter(({ silence, matches }) => stateOf(silence, nowMs) === 'active' && matches(labels))
      .map(({ silence }) => silence.id);
  }

  /** When the next one begins or ends. */
  boundaryMs(nowMs: number): number {
    const boundaries = this.#silences.flatMap(({ silence }) => [silence.startsMs, silence.endsMs]);
    return boundaries.reduce(
      (least, boundaryMs) => (boundaryMs > nowMs ? Math.min(least, boundaryMs) : least),
      Number.POSITIVE_INFINITY,
    );
  }

  list(nowMs: number): Silence[] {
    return this.#shown(nowMs).map(({ silence }) => ({ ...silence, state: stateOf(silence, nowMs) }));
  }

  toState(): SilenceState[] {
    return this.#silences.map(({ silence }) => silence);
  }

  /** In the order in which they were made. */
  #shown(nowMs: number) {
    const expired = this.#silences
      .filter(({ silence }) => silence.endsMs <= nowMs && silence.endsMs > nowMs - EXPIRED_SHOWN_MS)
      .sort((left, right) => right.silence.endsMs - left.silence.endsMs)
      .slice(0, EXPIRED_SHOWN_MAX);
    return this.#silences.filter((one) => one.silence.endsMs > nowMs || expired.includes(one));
  }
}

function stateOf({ startsMs, endsMs }: SilenceState, nowMs: number): Silence['state'] {
  return nowMs < startsMs ? 'pending' : nowMs < endsMs ? 'active' : 'expired';
}
