/** The engines by name. Each is loaded when it is first asked for: choosing `natural` never loads wink (0.2 s, 75 MB). */
import type { SentimentEngine } from './engine.port.ts';
import type { EngineName } from './sentiment.config.ts';

const LOADERS: Readonly<Record<EngineName, () => Promise<SentimentEngine>>> = {
  natural: async () => (await import('./natural.engine.ts')).naturalEngine,
  wink: async () => (await import('./wink.engine.ts')).createWinkEngine(),
};

/** One engine of a name serves everyone: engines keep no state that shows, and wink takes 75 MB. */
const loaded = new Map<EngineName, Promise<SentimentEngine>>();

/** The engine of that name. A promise, because ES modules load on demand in no other way. */
export function createEngine(name: EngineName): Promise<SentimentEngine> {
  let engine = loaded.get(name);
  if (engine === undefined) {
    engine = LOADERS[name]();
    loaded.set(name, engine);
  }
  return engine;
}
