// Prints as JSON how long each sentiment model takes from its files to ready, in a process that has read none before.
import { createModelFiles } from '../../dist/adapters/model-files/model-files.js';
import { loadModel } from '../../dist/core/sentiment/model/engine.js';

const files = createModelFiles();
const models = [];
for (const name of ['sentiment-en', 'sentiment-multi']) {
  const startMs = performance.now();
  loadModel(await files.open(name));
  models.push({ name, loadMs: Number((performance.now() - startMs).toFixed(1)) });
}
console.log(JSON.stringify(models));
