// Loaded into a worker before anything else: its date is off by EARSHOT_TEST_CLOCK_OFF_MS from the start, and jumps forward by
// SIGUSR2 and back by SIGALRM, ten minutes each.
const JUMP_MS = 600_000;
const TrueDate = globalThis.Date;
let offsetMs = Number(process.env.EARSHOT_TEST_CLOCK_OFF_MS ?? 0);
globalThis.Date = class Date extends TrueDate {
  constructor(...args) {
    super(...(args.length === 0 ? [Date.now()] : args));
  }
  static now() {
    return TrueDate.now() + offsetMs;
  }
};
process.on('SIGUSR2', () => (offsetMs += JUMP_MS));
process.on('SIGALRM', () => (offsetMs -= JUMP_MS));
