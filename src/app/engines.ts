/** The engines of this process: models from files, transformers from folders. One registry for everyone, because a model is
 *  worth sharing and never changes. */
import { createModelFiles } from '../adapters/model-files/model-files.ts';
import { createEngines, type EngineRegistry } from '../core/sentiment/engines.ts';

export const engines: EngineRegistry = createEngines({
  models: createModelFiles(),
  openOnnx: async (folder) => (await import('../adapters/onnx/onnx.engine.ts')).createOnnxEngine(folder),
});
