/** The log of a process, as the settings want it. */
import { createLogger, type Logger } from '../adapters/logging/logger.ts';
import type { Settings } from './config/settings.config.ts';

export function createAppLogger(
  { level, format }: Settings['log'],
  stderr: { readonly isTTY?: boolean },
): Logger {
  const auto = stderr.isTTY === true ? 'pretty' : 'json';
  return createLogger({ level, format: format === 'auto' ? auto : format });
}
