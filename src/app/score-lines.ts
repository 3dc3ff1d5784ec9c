/** Scores single lines, as the pipeline would score a message's text. */
import { quote } from '../core/message/dead.ts';
import { withExactId } from '../core/message/json.ts';
import { normalizeText } from '../core/message/text.ts';
import { declaredOnly } from '../core/language/identify.ts';
import { reads, type EngineConfig } from '../core/sentiment/engines.ts';
import { labelSentiment } from '../core/sentiment/sentiment.ts';
import type { EngineReading, Sentiment } from '../core/sentiment/engine.port.ts';
import { errorText } from '../core/errors/error-text.ts';
import type { Redactor } from '../core/privacy/redactor.ts';
import { engines } from './engines.ts';

export type LineScore =
  ({ readonly id?: string | number } & Sentiment) | { readonly id?: string | number; readonly error: string };

export interface LineScorerOptions extends EngineConfig {
  readonly input: 'auto' | 'text' | 'ndjson';
  readonly explain: boolean;
  readonly abstainBelow: number;
  /** Whether the language of a line that does not say is found from its text. */
  readonly identify: boolean;
  /** Language of the lines that do not say. */
  readonly lang?: string;
  /** Lines are scored as it leaves them. */
  readonly redactor?: Redactor | undefined;
}

/** An answer for each line, in order. */
export type LineScorer = (lines: readonly string[]) => Promise<readonly LineScore[]>;

/** The scorer never rejects for what a line holds: one that is not what `input` says answers with an `error`. */
export async function createLineScorer(options: LineScorerOptions): Promise<LineScorer> {
  const { input, explain, abstainBelow, redactor } = options;
  const engine = await engines.open(options);
  const identify = options.identify ? await engines.identifier() : declaredOnly;

  /** What is to be read of a line; undefined when its language is not the engine's. */
  const languageFor = ({ text, lang }: Readable): string | undefined => {
    const language = identify(text, lang ?? options.lang);
    return reads(engine, language) ? language : undefined;
  };
  const readAll = async (items: readonly Readable[]): Promise<(EngineReading | undefined)[]> => {
    const languages = items.map(languageFor);
    if (engine.kind === 'immediate') {
      return items.map(({ text }, index) => {
        const language = languages[index];
        return language === undefined ? undefined : engine.read(text, { explain, language });
      });
    }
    const texts = items.flatMap(({ text }, index) => (languages[index] === undefined ? [] : [text]));
    const readings = (await engine.readBatch(texts, { explain }))[Symbol.iterator]();
    return languages.map((language) => (language === undefined ? undefined : readings.next().value));
  };

  return async (lines) => {
    const items = lines
      .map((line) => (input === 'text' ? asText(line) : readItem(line, input === 'ndjson')))
      .map((item) => (redactor === undefined || 'error' in item ? item : redacted(item, redactor)));
    const readable = items.filter((item) => 'text' in item);
    const readings = (await readAll(readable))[Symbol.iterator]();
    return items.map((item): LineScore => {
      if ('error' in item) return item;
      const { id, text } = item;
      const reading = readings.next().value;
      const sentiment = labelSentiment(reading, { abstainBelow, engine: engine.name, text });
      return { ...(id === undefined ? {} : { id }), ...sentiment };
    });
  };
}

interface Readable {
  readonly id?: string | number;
  /** Normalized. */
  readonly text: string;
  readonly lang?: string;
}
type Item = Readable | { readonly id?: string | number; readonly error: string };

/** As a message of this id would be. */
function redacted(item: Readable, redactor: Redactor): Readable {
  return { ...item, text: redactor.redact(item.text, String(item.id ?? '')).text };
}

function asText(line: string): Readable {
  return { text: normalizeText(line, 'auto') };
}

/** Where plain text is welcome, only a JSON object with a text is taken for one. */
function readItem(line: string, mustBeJson: boolean): Item {
  if (!mustBeJson && !line.trimStart().startsWith('{')) return asText(line);
  let value: unknown;
  try {
    value = JSON.parse(line);
  } catch (error) {
    if (!mustBeJson) return asText(line);
    return { error: `not JSON: ${errorText(error)}` };
  }
  if (typeof value !== 'object' || value === null || Array.isArray(value)) {
    return { error: `must be an object {id, text}, not ${quote(value)}` };
  }
  const fields: { id?: unknown; text?: unknown; lang?: unknown } = withExactId({ ...value }, line);
  const { id, text, lang } = fields;
  const identity = typeof id === 'string' || typeof id === 'number' ? { id } : {};
  if (typeof text === 'string')
    return { ...identity, ...asText(text), ...(typeof lang === 'string' ? { lang } : {}) };
  if (!mustBeJson) return asText(line);
  return {
    ...identity,
    error: text === undefined ? 'text is missing' : `text must be a string, not ${quote(text)}`,
  };
}
