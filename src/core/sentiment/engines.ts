/** The engines, opened by name, model and lexicon. Each is loaded when it is first asked for: choosing `natural` never
 *  loads wink (0.2 s, 75 MB). */
import { createIdentifier, SEVERAL, UNDETERMINED, type IdentifyLanguage } from '../language/identify.ts';
import { loadNgramTable } from '../language/ngram-table.ts';
import type { BatchEngine, SentimentEngine } from './engine.port.ts';
import { withLexicon } from './lexicon.engine.ts';
import { compileLexicon, type LexiconTerms } from './lexicon.ts';
import type { ModelSource } from './model.port.ts';
import { AUTO_MODEL, modelProblem, type EngineName } from './sentiment.config.ts';

export type AnyEngine = SentimentEngine | BatchEngine;
type ClosableEngine = BatchEngine & { close(): Promise<void> };

export interface EngineConfig {
  readonly engine: EngineName;
  readonly model?: string;
  readonly lexicon?: LexiconTerms;
}

export interface EngineRegistry {
  /** The same engine for the same engine, model and lexicon: whoever shares one can share a reading. A model is read once.
   *  Rejects with a message that says what is missing. */
  open(config: EngineConfig): Promise<AnyEngine>;
  /** Finds languages; the same function each time. */
  identifier(): Promise<IdentifyLanguage>;
  /** Frees what engines hold outside of the heap; what is opened afterwards is opened anew. */
  close(): Promise<void>;
}

export interface EngineParts {
  readonly models: ModelSource;
  /** `folder` as the configuration names it. */
  readonly openOnnx: (folder: string) => Promise<ClosableEngine>;
}

/** The model of English, that of the other languages, and the table of n-grams, by their names in a `ModelSource`. */
const ENGLISH_MODEL = 'sentiment-en';
const MULTILINGUAL_MODEL = 'sentiment-multi';
const LANGUAGE_TABLE = 'language';

/** Lexicons whose engines are remembered; beyond, the oldest is forgotten, which costs only the sharing. */
const LEXICONS_MAX = 256;

/** Whether texts in a language are for an engine: those nobody could name are, and so is everything when the engine does
 *  not say what it was made for. */
export function reads(engine: AnyEngine, language: string): boolean {
  const { languages } = engine;
  return language === UNDETERMINED || language === SEVERAL || languages.size === 0 || languages.has(language);
}

export function createEngines(parts: EngineParts): EngineRegistry {
  return new Engines(parts);
}

class Engines implements EngineRegistry {
  readonly #parts: EngineParts;
  readonly #models = new Map<string, Promise<SentimentEngine>>();
  readonly #engines = new Map<string, Promise<AnyEngine>>();
  readonly #withLexicon = new Map<string, Promise<AnyEngine>>();
  readonly #closable: ClosableEngine[] = [];
  #identifier: Promise<IdentifyLanguage> | undefined;

  constructor(parts: EngineParts) {
    this.#parts = parts;
  }

  async open({ engine: name, model = AUTO_MODEL, lexicon = {} }: EngineConfig): Promise<AnyEngine> {
    const problem = modelProblem(name, model);
    if (problem !== undefined) throw new Error(problem);
    const key = JSON.stringify([name, model]);
    const engine = remember(this.#engines, key, () => this.#load(name, model));
    if (Object.keys(lexicon).length === 0) return engine;
    const [oldest] = this.#withLexicon.keys();
    if (this.#withLexicon.size >= LEXICONS_MAX && oldest !== undefined) this.#withLexicon.delete(oldest);
    return remember(this.#withLexicon, key + JSON.stringify(lexicon), async () =>
      withLexicon(await engine, compileLexicon(lexicon)),
    );
  }

  identifier(): Promise<IdentifyLanguage> {
    this.#identifier ??= this.#parts.models
      .open(LANGUAGE_TABLE)
      .then((files) => createIdentifier(loadNgramTable(files)));
    return this.#identifier;
  }

  async close(): Promise<void> {
    this.#engines.clear();
    this.#withLexicon.clear();
    await Promise.all(this.#closable.splice(0).map((engine) => engine.close()));
  }

  async #load(name: EngineName, model: string): Promise<AnyEngine> {
    switch (name) {
      case 'natural':
        return (await import('./natural.engine.ts')).naturalEngine;
      case 'wink':
        return (await import('./wink.engine.ts')).createWinkEngine();
      case 'onnx': {
        const engine = await this.#parts.openOnnx(model);
        this.#closable.push(engine);
        return engine;
      }
      case 'earshot':
        if (model !== AUTO_MODEL) return identified(await this.#model(model), await this.identifier());
        return byLanguage(
          await this.#model(ENGLISH_MODEL),
          await this.#model(MULTILINGUAL_MODEL),
          await this.identifier(),
        );
    }
  }

  #model(name: string): Promise<SentimentEngine> {
    return remember(this.#models, name, async () => {
      const { createModelEngine, loadModel } = await import('./model/engine.ts');
      return createModelEngine(loadModel(await this.#parts.models.open(name)));
    });
  }
}

/** What failed is tried again when it is asked for again. */
function remember<T>(cache: Map<string, Promise<T>>, key: string, make: () => Promise<T>): Promise<T> {
  let made = cache.get(key);
  if (made === undefined) {
    made = make();
    cache.set(key, made);
    made.catch(() => cache.delete(key));
  }
  return made;
}

/** Each text by the model of its language; by the English one where nothing speaks against English. */
export function byLanguage(
  english: SentimentEngine,
  others: SentimentEngine,
  identify: IdentifyLanguage,
): SentimentEngine {
  return {
    name: english.name,
    kind: 'immediate',
    languages: new Set([...english.languages, ...others.languages]),
    read(text, options) {
      const language = options?.language ?? identify(text);
      const isEnglish = language === UNDETERMINED || english.languages.has(language);
      return (isEnglish ? english : others).read(text, { explain: options?.explain === true, language });
    },
  };
}

/** A model of several languages weighs words by the language of the text: it is found where the caller does not know it. */
function identified(engine: SentimentEngine, identify: IdentifyLanguage): SentimentEngine {
  if (engine.languages.size === 1) return engine;
  return {
    ...engine,
    read: (text, options) =>
      engine.read(text, {
        explain: options?.explain === true,
        language: options?.language ?? identify(text),
      }),
  };
}
