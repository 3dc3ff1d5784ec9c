/** What an alert says: text with `{{ name }}` or `{{ name | filter }}` in it. */

/** The numbers and texts that a rule's alerts have, by name. */
export type SummaryValues = Readonly<Record<string, number | string | undefined>>;

/** Which names a template may use. */
export interface SummaryNames {
  readonly numbers: readonly string[];
  readonly texts: readonly string[];
}

export type Summary = (values: SummaryValues) => string;

export class SummaryError extends Error {
  override readonly name = 'SummaryError';
  readonly code = 'SUMMARY_TEMPLATE';
  readonly canRetry = false;
}

const PLACEHOLDER = /\{\{([^{}]{0,200})\}\}/g;
const EXPRESSION = /^(\w{1,50})(?:\s*\|\s*(\w{1,50})(?:\((\d)\))?)?$/;

/** Filters of numbers; `digits` is what stands in the parentheses. */
const FILTERS: Readonly<Record<string, (value: number, digits: number) => string>> = {
  percent: (value, digits) => `${(value * 100).toFixed(digits)}%`,
  round: (value, digits) => value.toFixed(digits),
};

/** Throws a `SummaryError` that names what it does not know and what it does. */
export function compileSummary(template: string, names: SummaryNames): Summary {
  const parts: Summary[] = [];
  let from = 0;
  for (const match of template.matchAll(PLACEHOLDER)) {
    const before = template.slice(from, match.index);
    parts.push(() => before, compilePlaceholder((match[1] ?? '').trim(), names));
    from = match.index + match[0].length;
  }
  const rest = template.slice(from);
  return (values) => parts.map((part) => part(values)).join('') + rest;
}

function compilePlaceholder(expression: string, { numbers, texts }: SummaryNames): Summary {
  const [, field = '', filter, digits] = EXPRESSION.exec(expression) ?? [];
  const isNumber = numbers.includes(field);
  if (!isNumber && !texts.includes(field)) {
    throw new SummaryError(
      `unknown name in '{{ ${expression} }}'; allowed: ${[...numbers, ...texts].join(', ')}`,
    );
  }
  if (filter === undefined) return (values) => plain(values[field]);
  const format = Object.hasOwn(FILTERS, filter) ? FILTERS[filter] : undefined;
  if (!format || !isNumber) {
    throw new SummaryError(
      `unknown filter in '{{ ${expression} }}'; allowed on numbers: ${Object.keys(FILTERS).join(', ')}, and round(2)`,
    );
  }
  return (values) => format(Number(values[field]), Number(digits ?? 0));
}

function plain(value: number | string | undefined): string {
  return typeof value === 'number' ? String(Number(value.toFixed(3))) : String(value);
}
