/** The log: pino, as JSON lines or for people. Everything is written synchronously, without worker threads, so that a
 *  process that ends has said everything and leaves nothing open. */
import { pino } from 'pino';
import type { DestinationStream, LevelWithSilent, Logger } from 'pino';
import { PinoPretty } from 'pino-pretty';

export type { Logger } from 'pino';

export type LogLevel = LevelWithSilent;

const STDERR_FD = 2;

export interface LoggerOptions {
  readonly level: LogLevel;
  readonly format: 'json' | 'pretty';
  /** Takes whole lines; standard error when absent, because standard output belongs to a command's result. */
  readonly destination?: NodeJS.WritableStream;
}

export function createLogger({ level, format, destination }: LoggerOptions): Logger {
  const stream: DestinationStream =
    format === 'pretty'
      ? PinoPretty({
          sync: true,
          destination: destination ?? STDERR_FD,
          colorize: isTerminal(destination ?? process.stderr),
          translateTime: 'SYS:HH:MM:ss.l',
          ignore: 'pid',
        })
      : (destination ?? pino.destination({ dest: STDERR_FD, sync: true }));
  return pino(
    {
      level,
      base: { pid: process.pid },
      timestamp: pino.stdTimeFunctions.isoTime,
      formatters: { level: (label) => ({ level: label }) },
    },
    stream,
  );
}

function isTerminal(stream: NodeJS.WritableStream): boolean {
  return 'isTTY' in stream && stream.isTTY === true;
}
