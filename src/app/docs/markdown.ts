/** The little Markdown that the generated references need. */

/** A table; cells may hold any text on one line. */
export function table(head: readonly string[], rows: readonly (readonly string[])[]): string {
  const line = (cells: readonly string[]) => `| ${cells.map(cell).join(' | ')} |`;
  return [line(head), `|${' --- |'.repeat(head.length)}`, ...rows.map(line)].join('\n');
}

/** A table of names and what they mean. */
export function glossary(
  head: readonly [string, string],
  meanings: Readonly<Record<string, string>>,
): string {
  return table(
    head,
    Object.entries(meanings).map(([name, meaning]) => [code(name), meaning]),
  );
}

export function code(text: string): string {
  return `\`${text}\``;
}

/** Blocks with a blank line between them, as one file. */
export function page(...blocks: readonly string[]): string {
  return `${blocks.join('\n\n')}\n`;
}

function cell(text: string): string {
  return text.replaceAll('|', '\\|').replace(/\s+/g, ' ').trim();
}
