/** A bar on a terminal's standard error; nothing elsewhere. */
import cliProgress from 'cli-progress';
import { printable, type Io } from './io.ts';

export interface Progress {
  /** `share` of the work from 0 to 1; `stage` says what is being done. */
  readonly update: (share: number, stage: string) => void;
  /** Takes the bar off the screen. */
  readonly stop: () => void;
}

const STEPS = 1_000;
/** With the bar it fits into 80 columns. */
const STAGE_CHARS_MAX = 30;

export function startProgress(io: Io): Progress {
  if (io.stderr.isTTY !== true) return { update: () => undefined, stop: () => undefined };
  const bar = new cliProgress.SingleBar({
    format: '[{bar}] {percentage}% {stage}',
    stream: io.stderr,
    barCompleteChar: '█',
    barIncompleteChar: '░',
    clearOnComplete: true,
    linewrap: true, // Turned off, it would stay so for a terminal whose user stops us.
  });
  bar.start(STEPS, 0, { stage: '' });
  return {
    update: (share, stage) =>
      bar.update(Math.round(share * STEPS), { stage: printable(stage).slice(0, STAGE_CHARS_MAX) }),
    stop: () => bar.stop(),
  };
}
