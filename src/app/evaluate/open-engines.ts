/** The engines that are to be measured. */
import type { AnyEngine, EngineRegistry } from '../../core/sentiment/engines.ts';
import { modelProblem, type EngineName } from '../../core/sentiment/sentiment.config.ts';

/** In the order of their names. `model` is for those that have models; rejects when none of them has, and when one cannot
 *  be loaded. */
export async function openEngines(
  registry: EngineRegistry,
  names: readonly EngineName[],
  model?: string,
): Promise<AnyEngine[]> {
  const takesModel = (engine: EngineName) => model !== undefined && modelProblem(engine, model) === undefined;
  const [first] = names;
  if (model !== undefined && first !== undefined && !names.some(takesModel))
    throw new Error(modelProblem(first, model));
  const engines: AnyEngine[] = [];
  for (const engine of names) {
    engines.push(
      await registry.open({ engine, ...(takesModel(engine) && model !== undefined ? { model } : {}) }),
    );
  }
  return engines;
}
