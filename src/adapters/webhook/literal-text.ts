/** Text as a platform shows it literally, within the platform's limits. */

/** How a platform is told that a character is only a character. */
export type EscapeChar = (char: string) => string;

/** The text, escaped; what would make it longer than `charsMax` is left out whole, so that no escape is cut in two. */
export function literal(text: string, escape: EscapeChar, charsMax: number): string {
  let out = '';
  for (const char of text) {
    const escaped = escape(char);
    if (out.length + escaped.length >= charsMax) return `${out}…`;
    out += escaped;
  }
  return out;
}

/** Whole lines while they fit into `charsMax`, and how many did not. */
export function fitLines(lines: readonly string[], charsMax: number): string {
  let out = '';
  for (const [index, line] of lines.entries()) {
    const next = out === '' ? line : `${out}\n${line}`;
    const more = `\n… ${lines.length - index} more lines`;
    const isLast = index === lines.length - 1;
    if (next.length > charsMax || (!isLast && next.length + more.length > charsMax))
      return `${out}${more}`.slice(0, charsMax);
    out = next;
  }
  return out;
}

/** A zero-width space after each @ keeps a name, and @everyone and @here, from ringing anybody. */
export const MUTED_AT = '@\u200b';
