// Loaded into a worker before anything else: its wall clock jumps forward by SIGUSR2 and back by SIGALRM, ten minutes each.
const JUMP_MS = 600_000;
const trueNow = Date.now;
let offsetMs = 0;
Date.now = () => trueNow() + offsetMs;
process.on('SIGUSR2', () => (offsetMs += JUMP_MS));
process.on('SIGALRM', () => (offsetMs -= JUMP_MS));
