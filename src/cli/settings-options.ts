/** The flags that set what a settings file or the environment also sets. Defaults live in the schema, not here. */
import type { Command } from 'commander';
import { loadSettings, type LoadedSettings } from '../app/config/settings.ts';
import type { Io } from './io.ts';

export interface SettingsFlags {
  readonly config?: string;
  readonly bus?: string;
  readonly listen?: string;
  readonly tokenFile?: string;
  readonly group?: string;
  readonly logLevel?: string;
  readonly logFormat?: string;
}

export function addBusFlags(command: Command): Command {
  return command
    .option('--bus <url>', 'memory, or nats://host:port (environment NATS_URL, EARSHOT_BUS)')
    .option('--config <file>', 'settings file (YAML); see docs/config.md');
}

export function addServiceFlags(command: Command): Command {
  return addBusFlags(command)
    .option(
      '--listen <host:port>',
      'where to serve metrics, health, API and feed; off for nowhere (EARSHOT_LISTEN)',
    )
    .option(
      '--token-file <file>',
      'file with the bearer token that guards them (EARSHOT_TOKEN_FILE, EARSHOT_TOKEN)',
    )
    .option('--group <name>', 'workers of one group share the input (EARSHOT_GROUP)')
    .option('--log-level <level>', 'trace, debug, info, warn, error or silent (EARSHOT_LOG_LEVEL)')
    .option('--log-format <format>', 'auto, json or pretty (EARSHOT_LOG_FORMAT)');
}

export function settingsFrom(flags: SettingsFlags, io: Io): Promise<LoadedSettings> {
  return loadSettings(
    {
      file: flags.config,
      overrides: [
        ['--bus', ['bus', 'url'], flags.bus],
        ['--listen', ['http', 'listen'], flags.listen],
        ['--token-file', ['http', 'tokenFile'], flags.tokenFile],
        ['--group', ['scorer', 'group'], flags.group],
        ['--log-level', ['log', 'level'], flags.logLevel],
        ['--log-format', ['log', 'format'], flags.logFormat],
      ],
    },
    io.env,
  );
}
