/** Scores single lines, as the pipeline would score a message's text. */
import { quote } from '../core/message/dead.ts';
import { withExactId } from '../core/message/json.ts';
import { normalizeText } from '../core/message/text.ts';
import { createEngine } from '../core/sentiment/engines.ts';
import { labelSentiment } from '../core/sentiment/sentiment.ts';
import type { EngineName } from '../core/sentiment/sentiment.config.ts';
import type { Sentiment } from '../core/sentiment/engine.port.ts';
import { errorText } from '../core/errors/error-text.ts';

export type LineScore =
  ({ readonly id?: string | number } & Sentiment) | { readonly id?: string | number; readonly error: string };

export interface LineScorerOptions {
  readonly engine: EngineName;
  readonly input: 'auto' | 'text' | 'ndjson';
  readonly explain: boolean;
  readonly abstainBelow: number;
}

/** The scorer never throws: a line that is not what `input` says answers with an `error`. */
export async function createLineScorer(options: LineScorerOptions): Promise<(line: string) => LineScore> {
  const engine = await createEngine(options.engine);
  return (line) => {
    const item = options.input === 'text' ? { text: line } : readItem(line, options.input === 'ndjson');
    if ('error' in item) return item;
    const text = normalizeText(item.text, 'auto');
    const reading = engine.read(text, { explain: options.explain });
    const sentiment = labelSentiment(reading, {
      abstainBelow: options.abstainBelow,
      engine: engine.name,
      text,
    });
    return { ...(item.id === undefined ? {} : { id: item.id }), ...sentiment };
  };
}

type Item =
  | { readonly id?: string | number; readonly text: string }
  | { readonly id?: string | number; readonly error: string };

/** Where plain text is welcome, only a JSON object with a text is taken for one. */
function readItem(line: string, mustBeJson: boolean): Item {
  if (!mustBeJson && !line.trimStart().startsWith('{')) return { text: line };
  let value: unknown;
  try {
    value = JSON.parse(line);
  } catch (error) {
    if (!mustBeJson) return { text: line };
    return { error: `not JSON: ${errorText(error)}` };
  }
  if (typeof value !== 'object' || value === null || Array.isArray(value)) {
    return { error: `must be an object {id, text}, not ${quote(value)}` };
  }
  const { id, text }: { id?: unknown; text?: unknown } = withExactId({ ...value }, line);
  const identity = typeof id === 'string' || typeof id === 'number' ? { id } : {};
  if (typeof text === 'string') return { ...identity, text };
  if (!mustBeJson) return { text: line };
  return {
    ...identity,
    error: text === undefined ? 'text is missing' : `text must be a string, not ${quote(text)}`,
  };
}
