/** Goal: whoever may have counted a message hears that it was deleted, or edited into something else; nobody else does. */
import { expect, test } from 'vitest';
import type { StoredMessage } from '../../../src/core/bus/bus.port.ts';
import type { CompiledPipeline } from '../../../src/core/pipeline/compile.ts';
import { createScorer } from '../../../src/core/scorer/scorer.ts';
import { pipelineOf } from '../../support/pipelines.ts';

const STORED_AT_MS = Date.UTC(2026, 2, 1);
const clock = { nowMs: () => STORED_AT_MS, monotonicMs: () => 0 };
const alerts = [{ name: 'surge', when: 'volume >= 3', over: '1m' }];

function stored(message: object, sequence = 1, subject = 'earshot.in.test.chat'): StoredMessage {
  const data = new TextEncoder().encode(JSON.stringify(message));
  return { subject, data, sequence, storedAtMs: STORED_AT_MS };
}

/** What comes out of one scorer, one list for each input: subject and message id. */
async function outputsOf(pipelines: readonly CompiledPipeline[], inputs: readonly StoredMessage[]) {
  const limits = { payloadBytesMax: 1_048_576, dedupeKeysMax: 1_000 };
  const scorer = createScorer({ pipelines, clock, random: () => 0.5, ...limits });
  const { deliveries } = await scorer.plan(inputs);
  return deliveries.map(({ outputs }) => outputs);
}
const idsOf = (outputs: readonly { readonly id?: string }[]) => outputs.map(({ id }) => id);

test('a deletion without text is scored, without text, for who listens; and it is nobody’s message', async () => {
  const acme = await pipelineOf({ alerts });
  const deletion = {
    id: 'a',
    version: '7',
    kind: 'delete',
    author: 'bob',
    url: 'https://a.example/bob',
    source: 'web',
    time: STORED_AT_MS,
  };
  const [outputs] = await outputsOf([acme], [stored(deletion)]);
  expect(outputs?.map(({ subject, id }) => [subject, id])).toEqual([
    ['earshot.dropped.all.unmatched', 'all:unmatched:1.0.1772323200000'],
    ['earshot.scored.acme.chat.uncertain', 'acme:a:delete:7'],
  ]);
  expect(JSON.parse(new TextDecoder().decode(outputs?.[1]?.data as Uint8Array))).toEqual({
    ...{
      id: 'a',
      version: '7',
      kind: 'delete',
      time: STORED_AT_MS,
      channel: 'chat',
      source: 'web',
      text: '',
    },
    pipeline: 'acme',
    sentiment: {
      ...{ label: 'uncertain', score: 0, engine: acme.engine.name, reason: 'no_text' },
      probability: { negative: 0.3333, neutral: 0.3334, positive: 0.3333 },
    },
    relevance: { matched: [], verdict: 'keep' },
    routes: [],
    arrival: STORED_AT_MS,
  });
});

const CHANGED = { id: 'a', version: '2', kind: 'edit' };
test.each<[why: string, change: object, expected: readonly string[]]>([
  ['a deletion that matches is its own', { ...CHANGED, kind: 'delete', text: 'acme' }, ['acme:a:delete:2']],
  ['an edit that matches', { ...CHANGED, text: 'acme' }, ['acme:a:edit:2']],
  ['an edit that does not', { ...CHANGED, text: 'other' }, ['acme:a:delete:2']],
  ['in a language not listened to', { ...CHANGED, text: 'acme', lang: 'fr' }, ['acme:a:delete:2']],
  ['a create that does not match', { id: 'a', text: 'other' }, []],
  ['engagement', { id: 'a', kind: 'engagement', engagement: { likes: 1 } }, []],
])('%s', async (_why, change, expected) => {
  const acme = await pipelineOf({ alerts, listen: { query: 'acme', languages: ['en'] } });
  const [outputs] = await outputsOf([acme], [stored(change)]);
  expect(idsOf(outputs ?? []).filter((id) => id?.startsWith('acme:a'))).toEqual(expected);
});

test('only for pipelines that listen to the subject and count or queue what they hear', async () => {
  const pipelines = [
    await pipelineOf({ name: 'rules', alerts }),
    await pipelineOf({ name: 'trends', trends: {} }),
    await pipelineOf({ name: 'queues', routes: [{ queue: 'care', when: 'true' }] }),
    await pipelineOf({ name: 'plain' }),
    await pipelineOf({ name: 'elsewhere', alerts, source: { subjects: ['earshot.in.other.>'] } }),
  ];
  const [outputs] = await outputsOf(pipelines, [stored({ id: 'a', kind: 'delete', version: '1' })]);
  expect(outputs?.map(({ subject }) => subject)).toEqual([
    'earshot.dropped.all.unmatched',
    'earshot.scored.rules.chat.uncertain',
    'earshot.scored.trends.chat.uncertain',
    'earshot.scored.queues.chat.uncertain',
  ]);
});

test('a redelivered change gives the same ids; a copy of one that was kept takes nothing back', async () => {
  const acme = await pipelineOf({ alerts });
  const gone = { id: 'a', kind: 'edit', text: 'other' };
  const kept = { id: 'b', kind: 'edit', text: 'acme' };
  const [first, again, keptOnce, keptTwice] = await outputsOf(
    [acme],
    [stored(gone, 1), stored(gone, 1), stored(kept, 2), stored(kept, 3)],
  );
  expect(first).toHaveLength(2);
  expect(idsOf(again ?? [])).toEqual(idsOf(first ?? []));
  expect(keptOnce?.map(({ subject }) => subject.split('.')[1])).toEqual(['scored']);
  expect(keptTwice?.map(({ subject }) => subject)).toEqual(['earshot.dropped.acme.duplicate']);
});
