/** The engine that scores when nobody chooses one. */
import { engines } from '../../../src/app/engines.ts';
import type { SentimentEngine } from '../../../src/core/sentiment/engine.port.ts';
import { sentimentConfig } from '../../../src/core/sentiment/sentiment.config.ts';

/** Language is told from the text, as for a message that declares none. */
export async function openDefaultEngine(): Promise<Pick<SentimentEngine, 'read'>> {
  const engine = await engines.open(sentimentConfig.parse({}));
  if (engine.kind !== 'immediate')
    throw new Error(`the default engine ${engine.name} does not answer at once`);
  return engine;
}
