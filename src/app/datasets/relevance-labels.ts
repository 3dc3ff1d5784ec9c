/** Which labels of a file mean that a text is worth hearing. */
import { quote } from '../../core/message/dead.ts';
import { DatasetError } from './dataset-error.ts';

/** In lower case, anything but letters and digits as one space. */
const RELEVANT = new Set([
  ...[
    'relevant',
    'ham',
    'wanted',
    'keep',
    'legit',
    'legitimate',
    'genuine',
    'informative',
    'related',
    'signal',
  ],
  ...['on topic', 'related and informative', 'ok', 'not spam', 'no spam', 'non spam', 'useful'],
]);
const IRRELEVANT = new Set([
  ...['irrelevant', 'spam', 'unwanted', 'drop', 'junk', 'noise', 'smishing', 'uninformative', 'unrelated'],
  ...[
    'off topic',
    'not informative',
    'not relevant',
    'non relevant',
    'not related',
    'not applicable',
    'useless',
  ],
  ...['related but not informative', 'related not informative', 'non informative', 'not wanted'],
]);
/** 1 is yes: to the question that the column's name asks, and of spam where it asks none. */
const YES = new Set(['1', 'true', 'yes']);
const NO = new Set(['0', 'false', 'no']);
const ASKS_FOR_RELEVANT = /relevan|inform|on.?topic|keep|ham|wanted/i;
const ASKS_FOR_IRRELEVANT = /irrelevan|uninform|off.?topic|unwanted|not/i;

/** Most labels that an error lists. */
const LISTED_MAX = 12;

export const formOfLabel = (label: string): string =>
  label
    .toLowerCase()
    .replace(/[^\p{L}\p{N}]+/gu, ' ')
    .trim();

export interface LabelOptions {
  /** Labels that mean relevant; all others mean irrelevant. */
  readonly relevant?: readonly string[];
  /** The column's name, where the file says one. */
  readonly column?: string;
}

/** For each label of the file whether it means relevant. @throws a `DatasetError` that lists the labels found when one is not
 *  known, or when all mean the same. */
export function readLabels(
  file: string,
  labels: ReadonlySet<string>,
  { relevant, column = '' }: LabelOptions,
): ReadonlyMap<string, boolean> {
  const chosen = relevant === undefined ? undefined : new Set(relevant.map(formOfLabel));
  const meanings = new Map<string, boolean>();
  for (const label of labels) {
    const form = formOfLabel(label);
    const meaning = chosen === undefined ? meaningOf(form, column) : chosen.has(form);
    if (meaning === undefined) throw unclear(file, labels, `label ${quote(label)} is not known`);
    meanings.set(label, meaning);
  }
  const found = new Set(meanings.values());
  if (found.size === 2) return meanings;
  throw unclear(file, labels, `every label means ${found.has(true) ? 'relevant' : 'irrelevant'}`);
}

function meaningOf(form: string, column: string): boolean | undefined {
  if (RELEVANT.has(form)) return true;
  if (IRRELEVANT.has(form)) return false;
  const yesIsRelevant = ASKS_FOR_RELEVANT.test(column) && !ASKS_FOR_IRRELEVANT.test(column);
  if (YES.has(form)) return yesIsRelevant;
  return NO.has(form) ? !yesIsRelevant : undefined;
}

function unclear(file: string, labels: ReadonlySet<string>, what: string): DatasetError {
  const listed = [...labels].slice(0, LISTED_MAX).map((label) => quote(label));
  const more = labels.size > LISTED_MAX ? ` and ${labels.size - LISTED_MAX} more` : '';
  return new DatasetError(
    `${file}: ${what}; labels found: ${listed.join(', ')}${more}; say which mean relevant: --relevant LABEL[,LABEL]`,
  );
}
