/** Goal: a model goes to the engines that have models, and to no other. */
import { expect, test } from 'vitest';
import { openEngines } from '../../../src/app/evaluate/open-engines.ts';
import type { EngineConfig, EngineRegistry } from '../../../src/core/sentiment/engines.ts';
import { fakeEngine } from './support.ts';

function fakeRegistry() {
  const opened: EngineConfig[] = [];
  const registry: EngineRegistry = {
    open: (config) => {
      opened.push(config);
      return Promise.resolve(fakeEngine(config.engine, () => 0));
    },
    identifier: () => Promise.reject(new Error('not asked for')),
    close: () => Promise.resolve(),
  };
  return { registry, opened };
}

test('in the order of their names, each with its own model', async () => {
  const { registry, opened } = fakeRegistry();
  const engines = await openEngines(registry, ['wink', 'earshot']);
  expect(engines.map(({ name }) => name)).toEqual(['wink', 'earshot']);
  expect(opened).toEqual([{ engine: 'wink' }, { engine: 'earshot' }]);
});

test('a model is for those that have models', async () => {
  const { registry, opened } = fakeRegistry();
  await openEngines(registry, ['wink', 'earshot', 'onnx'], 'models/x');
  expect(opened).toEqual([
    { engine: 'wink' },
    { engine: 'earshot', model: 'models/x' },
    { engine: 'onnx', model: 'models/x' },
  ]);
});

test('a model that is for none of them is refused', async () => {
  const { registry, opened } = fakeRegistry();
  await expect(openEngines(registry, ['natural', 'wink'], 'models/x')).rejects.toThrow(
    "engine 'natural' has one model of its own",
  );
  expect(opened).toEqual([]);
});
