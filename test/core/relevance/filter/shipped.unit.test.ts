/** Goal: the filters that come with Earshot are whole and small, and tell what anyone can tell. */
import { createHash } from 'node:crypto';
import { cp, readdir, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { describe, expect, test } from 'vitest';
import { createModelFiles } from '../../../../src/adapters/model-files/model-files.ts';
import { createFeatureReader } from '../../../../src/core/relevance/filter/features.ts';
import { loadFilter } from '../../../../src/core/relevance/filter/load.ts';
import { removeFolder, tempFolder } from '../../../support/temp-folder.ts';
import { openFilter } from '../../../../src/app/filters.ts';

const folder = fileURLToPath(new URL('../../../../models', import.meta.url));

interface Row {
  readonly name: string;
  readonly relevant: readonly string[];
  readonly irrelevant: readonly string[];
}

describe.each<Row>([
  {
    name: 'relevance-en',
    relevant: [
      'Our flight was cancelled and nobody told us anything',
      'I love this song so much',
      'see you at home later',
    ],
    irrelevant: [
      'Check out my channel and subscribe please!',
      'URGENT! You have won a £900 prize. Call 09061701461 to claim',
    ],
  },
  {
    name: 'relevance-texts-en',
    relevant: ['I will be home late, start dinner without me', 'Ok lor, see you tomorrow then'],
    irrelevant: [
      'FREE ringtone! Txt TONE to 85233 now, 150p/msg',
      'You have won a guaranteed £1000 cash prize, call 09066364589',
    ],
  },
  {
    name: 'relevance-comments-en',
    relevant: ['this is the best song of all time', 'who is still listening in 2015?'],
    irrelevant: [
      'please subscribe to my channel guys',
      'Check out this video https://www.youtube.com/watch?v=abc',
    ],
  },
  {
    name: 'relevance-crisis-en',
    relevant: [
      'BREAKING: at least 12 dead, 40 injured after earthquake, officials say',
      'RT @news: flood warning, residents evacuated',
    ],
    irrelevant: ['I am so bored today lol', 'praying for everyone, so sad :('],
  },
])('$name', ({ name, relevant, irrelevant }) => {
  const open = async () => loadFilter(await createModelFiles().open(name));

  test('has a card, its weights and nothing else, in at most 1 MB', async () => {
    const files = (await readdir(join(folder, name))).sort();
    expect(files).toEqual(['README.md', 'model.json', 'weights.bin']);
    const sizes = await Promise.all(files.map(async (file) => (await stat(join(folder, name, file))).size));
    expect(sizes.reduce((sum, size) => sum + size, 0)).toBeLessThanOrEqual(1_000_000);
  });

  test('tells the obvious', async () => {
    const filter = await open();
    for (const text of relevant) expect([text, filter.read(text).probability > 0.5]).toEqual([text, true]);
    for (const text of irrelevant) expect([text, filter.read(text).probability < 0.5]).toEqual([text, true]);
  });
});

test('a text has the buckets it had when the filters were trained: else train them again, and write the new digest here', () => {
  const read = createFeatureReader(18);
  const digest = createHash('sha256');
  for (const text of [
    'Our flight SK123 was cancelled, and nobody told us anything!!! @skylineair #fail :( http://www.a.example/x?y=1',
    "URGENT! You've won a £900 prize: call 09061701461 now, or txt WIN to 85233. 18+ only...",
    'u dont say so early hor.. lol soooo not good, ca\u0301fe\u0301 at 10.30 😀👍🏽 don\u2019t',
    'RT @news: 12 dead in #Earthquake — terremoto en Perú; 地震 оперативно',
    '',
  ]) {
    const buckets: number[] = [];
    read(text, (bucket) => buckets.push(bucket));
    digest.update(buckets.sort((a, b) => a - b).join());
  }
  expect(digest.digest('hex').slice(0, 16)).toBe('fdec32a1a291a8ed');
});

test('a pipeline may name it by its folder, wherever Earshot was started', async () => {
  expect((await openFilter('models/relevance-en')).name).toBe('relevance-en');
  const shipped = await tempFolder('shipped');
  try {
    // Not below the working directory.
    await cp(join(folder, 'relevance-en'), join(shipped, 'only-here'), { recursive: true });
    const files = await createModelFiles({ shipped }).open('models/only-here');
    expect((await loadFilter(files)).name).toBe('relevance-en');
  } finally {
    await removeFolder(shipped);
  }
});
