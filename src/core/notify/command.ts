/** What people do about alerts. Published on `earshot.command.<pipeline>.<action>`: the stream that holds them is the audit. */

export const COMMAND_ACTIONS = ['acknowledge', 'unacknowledge', 'silence', 'unsilence'] as const;
export type CommandAction = (typeof COMMAND_ACTIONS)[number];

/** Labels of an alert that a matcher may name: `rule`, `severity`, and the keys of its group. */
export interface Matcher {
  readonly label: string;
  readonly op: '=' | '!=' | '=~' | '!~';
  readonly value: string;
}

interface CommandBase {
  /** Made by whoever asks; the same command twice is one. */
  readonly id: string;
  readonly pipeline: string;
  /** Who; from the token's name. */
  readonly by: string;
  /** When, epoch milliseconds of the clock of who asked. */
  readonly atMs: number;
  readonly comment?: string;
}

/** What became of a command, as its watcher says it on `earshot.outcome.<pipeline>`. */
export interface CommandReport {
  /** Of the command. */
  readonly id: string;
  readonly outcome: 'applied' | 'refused';
  /** Of a refusal: `already_resolved` and the like, and in words. */
  readonly reason?: string;
  readonly detail?: string;
}

export type AlertCommand =
  | (CommandBase & { readonly action: 'acknowledge' | 'unacknowledge'; readonly alert: string })
  | (CommandBase & {
      readonly action: 'silence';
      /** All of them must match; never empty. The silence carries the command's id. */
      readonly matchers: readonly Matcher[];
      readonly startsMs: number;
      readonly endsMs: number;
      readonly comment: string;
    })
  | (CommandBase & { readonly action: 'unsilence'; readonly silence: string });
