/** What a client of the feed asks for: the query parameters of its URL, each a comma-separated list. */
import { SENTIMENT_LABELS } from '../../core/sentiment/engine.port.ts';

const FEED_TYPES = ['scored', 'alert'] as const;
const PARAMETERS = ['pipeline', 'channel', 'label', 'type'] as const;
type Parameter = (typeof PARAMETERS)[number];

const VALUES_MAX = 64;
const VALUE_CHARS_MAX = 64;

/** One message of the feed; `json` is its object, serialized. */
export type FeedEvent =
  | {
      readonly type: 'scored';
      readonly pipeline: string;
      readonly channel: string;
      readonly label: string;
      readonly json: string;
    }
  | {
      readonly type: 'alert';
      readonly pipeline: string;
      /** Present when the alert is of one channel. */
      readonly channel?: string;
      readonly rule: string;
      readonly state: string;
      readonly json: string;
    };

export interface FeedFilter {
  /** The same for filters that let the same through. */
  readonly key: string;
  matches(event: FeedEvent): boolean;
}

/** `{ filter }`, or `{ problem }` that names the parameter, the value and what is allowed. */
export function parseFilter(
  query: URLSearchParams,
  pipelines: readonly string[],
): { readonly filter: FeedFilter } | { readonly problem: string } {
  const allowed = { pipeline: pipelines, channel: undefined, label: SENTIMENT_LABELS, type: FEED_TYPES };
  const wanted = new Map<Parameter, ReadonlySet<string>>();
  for (const [name, list] of query) {
    const parameter = PARAMETERS.find((known) => known === name);
    if (parameter === undefined)
      return { problem: `unknown parameter '${name}'; allowed: ${PARAMETERS.join(', ')}` };
    if (wanted.has(parameter))
      return { problem: `parameter '${parameter}' is given twice; separate values by commas` };
    const values = list.split(',');
    if (values.length > VALUES_MAX)
      return { problem: `parameter '${parameter}' has ${values.length} values; at most ${VALUES_MAX}` };
    const bad = values.find((value) => !isAllowed(value, allowed[parameter]));
    if (bad !== undefined) return { problem: refusal(parameter, bad, allowed[parameter]) };
    wanted.set(parameter, new Set(values));
  }
  return { filter: createFilter(wanted) };
}

function isAllowed(value: string, allowed: readonly string[] | undefined): boolean {
  return allowed === undefined ? value !== '' && value.length <= VALUE_CHARS_MAX : allowed.includes(value);
}

function refusal(parameter: Parameter, value: string, allowed: readonly string[] | undefined): string {
  const what = allowed === undefined ? `1 to ${VALUE_CHARS_MAX} characters` : allowed.join(', ');
  return `${parameter} '${value.slice(0, VALUE_CHARS_MAX)}' is unknown; allowed: ${what}`;
}

function createFilter(wanted: ReadonlyMap<Parameter, ReadonlySet<string>>): FeedFilter {
  const asked = PARAMETERS.map((parameter) => [...(wanted.get(parameter) ?? [])].sort());
  const passes = (parameter: Parameter, value: string): boolean => wanted.get(parameter)?.has(value) ?? true;
  return {
    key: JSON.stringify(asked),
    // A label says nothing about an alert; a channel only about an alert of one channel.
    matches: (event) =>
      passes('type', event.type) &&
      passes('pipeline', event.pipeline) &&
      (event.channel === undefined || passes('channel', event.channel)) &&
      (event.type !== 'scored' || passes('label', event.label)),
  };
}
