// npm run bench -- sentiment: texts a second of each engine in turns within one run, on one core, as ratios to wink; the time to
// load a model, memory, and 1 MB of hostile text. Texts are made; --texts FILE (one a line) takes your own. --json.
import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { engines } from '../../dist/app/engines.js';
import { normalizeText } from '../../dist/core/message/text.js';
import { seeded } from './messages.mjs';
import { makeBrands, makePost } from './queries.mjs';

const { values: flags } = parseArgs({
  options: {
    texts: { type: 'string' },
    rounds: { type: 'string', default: '5' },
    json: { type: 'boolean', default: false },
  },
});
const NAMES = ['earshot', 'natural', 'wink'];
const COUNT = 10_000;

function cpuMs() {
  const { user, system } = process.cpuUsage();
  return (user + system) / 1_000;
}

const random = seeded(11);
const brands = makeBrands(random, 2_000);
const texts =
  flags.texts === undefined
    ? Array.from({ length: COUNT }, (_, index) => makePost(random, brands, index).text)
    : readFileSync(flags.texts, 'utf8').split('\n').filter(Boolean);

const loadModels = fileURLToPath(new URL('load-models.mjs', import.meta.url));
const models = JSON.parse(execFileSync(process.execPath, [loadModels], { encoding: 'utf8' }));

// An engine's time is mostly that of its modules.
const loaded = [];
for (const engine of NAMES) {
  const startMs = performance.now();
  loaded.push({ engine: await engines.open({ engine }), loadMs: performance.now() - startMs, spentMs: [] });
  if (engine === 'earshot') loaded[0].residentMb = process.memoryUsage.rss() / 1e6;
}
const identify = await engines.identifier();

// The first round warms up and is not counted.
for (let round = 0; round <= Number(flags.rounds); round += 1)
  for (const { engine, spentMs } of loaded) {
    const startMs = cpuMs();
    for (const raw of texts) {
      const text = normalizeText(raw, 'auto');
      engine.read(text, { language: identify(text) });
    }
    if (round > 0) spentMs.push(cpuMs() - startMs);
  }

const HOSTILE = ['a', '#A', ':)', "n't ", '👨‍👩‍👧', '!?', 'ab*', '\ud83d', 'not ', '@_', 'é', '\u0301'];
const worstMs = Math.max(
  ...HOSTILE.map((piece) => {
    const text = piece.repeat(Math.ceil(1_048_576 / piece.length));
    const startMs = performance.now();
    loaded[0].engine.read(text, { explain: true });
    return performance.now() - startMs;
  }),
);

const rate = ({ spentMs }) => texts.length / (Math.min(...spentMs) / 1_000);
const wink = rate(loaded[2]);
const rows = loaded.map((row) => ({
  engine: row.engine.name,
  textsPerSecond: Math.round(rate(row)),
  ratioToWink: Number((rate(row) / wink).toFixed(2)),
  loadMs: Number(row.loadMs.toFixed(1)),
}));
const figures = {
  texts: texts.length,
  rows,
  models,
  residentMb: Math.round(loaded[0].residentMb),
  worstMs: Number(worstMs.toFixed(1)),
};
if (flags.json) console.log(JSON.stringify(figures));
else {
  console.log(
    `${texts.length} texts, one core, CPU time, best of ${flags.rounds} rounds; language found from the text`,
  );
  for (const row of rows) {
    console.log(
      `${row.engine.padEnd(8)} ${String(row.textsPerSecond).padStart(8)} texts/s  ${row.ratioToWink.toFixed(2).padStart(6)} × wink  loaded in ${row.loadMs} ms`,
    );
  }
  for (const { name, loadMs } of models)
    console.log(`${name}: its files read, checked and ready in ${loadMs} ms`);
  console.log(`resident with both models loaded, nothing read: ${figures.residentMb} MB`);
  console.log(
    `1 MB of hostile text with its explanation, the worst of ${HOSTILE.length}: ${figures.worstMs} ms`,
  );
}
