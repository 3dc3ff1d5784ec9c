/** Reads the sentiment of texts with one engine, many at a time. */
import { declaredOnly } from '../core/language/identify.ts';
import { reads, type EngineConfig } from '../core/sentiment/engines.ts';
import type { EngineReading, Sentiment } from '../core/sentiment/engine.port.ts';
import { labelSentiment } from '../core/sentiment/sentiment.ts';
import { engines } from './engines.ts';

export interface SentimentReaderOptions extends EngineConfig {
  readonly explain: boolean;
  readonly abstainBelow: number;
  /** Whether the language of a text that does not say is found from it. */
  readonly identify: boolean;
  /** Language of the texts that do not say. */
  readonly lang?: string;
}

export interface Readable {
  /** Normalized. */
  readonly text: string;
  readonly lang?: string;
}

export interface ReadText {
  /** A language code, or `und` or `mul`. */
  readonly language: string;
  readonly sentiment: Sentiment;
}

/** One answer for each text, in order. */
type SentimentReader = (items: readonly Readable[]) => Promise<readonly ReadText[]>;

export async function createSentimentReader(options: SentimentReaderOptions): Promise<SentimentReader> {
  const { explain, abstainBelow } = options;
  const engine = await engines.open(options);
  const identify = options.identify ? await engines.identifier() : declaredOnly;
  /** Undefined where the language is not the engine's. */
  const readAll = async (
    items: readonly Readable[],
    languages: readonly string[],
  ): Promise<(EngineReading | undefined)[]> => {
    const isRead = languages.map((language) => reads(engine, language));
    if (engine.kind === 'immediate') {
      return items.map(({ text }, at) =>
        isRead[at] ? engine.read(text, { explain, language: languages[at] ?? '' }) : undefined,
      );
    }
    const texts = items.flatMap(({ text }, at) => (isRead[at] ? [text] : []));
    const readings = (await engine.readBatch(texts, { explain }))[Symbol.iterator]();
    return isRead.map((read) => (read ? readings.next().value : undefined));
  };
  return async (items) => {
    const languages = items.map(({ text, lang }) => identify(text, lang ?? options.lang));
    const readings = await readAll(items, languages);
    return items.map(({ text }, at) => ({
      language: languages[at] ?? '',
      sentiment: labelSentiment(readings[at], { abstainBelow, engine: engine.name, text }),
    }));
  };
}
