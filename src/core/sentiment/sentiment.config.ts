import { z } from 'zod';
import { lexiconConfig } from './lexicon.config.ts';

export const ENGINE_NAMES = ['earshot', 'wink', 'natural', 'onnx'] as const;
export type EngineName = (typeof ENGINE_NAMES)[number];

/** The one place that says who scores when a pipeline does not. */
const DEFAULT_ENGINE: EngineName = 'earshot';

/** `model` where the engine chooses by itself. */
export const AUTO_MODEL = 'auto';

/** What is wrong with a model for an engine; undefined when nothing is. */
export function modelProblem(engine: EngineName, model: string): string | undefined {
  if (engine === 'onnx' && model === AUTO_MODEL) {
    return "engine 'onnx' needs model: the folder that holds model.onnx, tokenizer.json and config.json";
  }
  if ((engine === 'wink' || engine === 'natural') && model !== AUTO_MODEL) {
    return `engine '${engine}' has one model of its own: leave model out; engines with models: earshot, onnx`;
  }
  return undefined;
}

export const sentimentConfig = z
  .strictObject({
    engine: z
      .enum(ENGINE_NAMES)
      .default(DEFAULT_ENGINE)
      .describe(
        'Who scores: `earshot` (trained on social text, calibrated, eight languages), `wink` (wink-nlp, English, ' +
          'sentence-wise), `natural` (AFINN word list, English) or `onnx` (a transformer of your own).',
      ),
    model: z
      .string()
      .min(1)
      .max(500)
      .default(AUTO_MODEL)
      .describe(
        'Of `earshot`: `auto` (by the language of each text: `sentiment-en` or `sentiment-multi`), one of these for ' +
          'every text, or the folder of a model you trained. Of `onnx`: the folder of the model. A path is relative ' +
          'to the pipeline file.',
      ),
    abstainBelow: z
      .number()
      .min(0)
      .max(1)
      .default(0)
      .describe('A message whose surest class is less probable than this gets the label `uncertain`.'),
    identify: z
      .boolean()
      .default(true)
      .describe(
        'Whether the language of a message that does not declare one is found from its text. A message in a ' +
          'language that the engine is not for gets the label `uncertain` with reason `language`.',
      ),
    lexicon: lexiconConfig
      .default({})
      .describe(
        'What words, phrases, emoji and #hashtags weigh here, whatever the engine makes of them: log-odds towards ' +
          'positive, 0 for neutral, turned by a negation before. At most 2,000.',
      ),
  })
  .superRefine(({ engine, model }, ctx) => {
    const message = modelProblem(engine, model);
    if (message !== undefined) ctx.addIssue({ code: 'custom', path: ['model'], message });
  });
