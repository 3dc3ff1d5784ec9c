/** Compiled pipelines for tests that need one. */
import { keyedHash } from '../../src/adapters/crypto/keyed-hash.ts';
import { engines } from '../../src/app/engines.ts';
import { compilePipeline, type CompiledPipeline } from '../../src/core/pipeline/compile.ts';
import type { OpenFilter } from '../../src/core/relevance/filter/filter.port.ts';
import { pipelineConfig, type PipelineConfig } from '../../src/core/pipeline/pipeline.config.ts';

/** A valid pipeline file as an object; what matters to a test it overrides. */
export function configOf(overrides: object = {}): PipelineConfig {
  return pipelineConfig.parse({ name: 'acme', listen: { query: 'acme' }, ...overrides });
}

const shipped: OpenFilter = async (model) => (await import('../../src/app/filters.ts')).openFilter(model);

/** `open` opens the filter that the overrides name. */
export async function pipelineOf(overrides: object = {}, open = shipped): Promise<CompiledPipeline> {
  const compiled = await compilePipeline(configOf(overrides), engines, keyedHash, open);
  if (!compiled.ok) throw new Error(compiled.problems.map(({ message }) => message).join('\n'));
  return compiled.pipeline;
}
