/** Goal: what one input becomes: outputs byte for byte, marks, and nothing lost when a part of it is bad. */
import { expect, test } from 'vitest';
import type { OutboundMessage, StoredMessage } from '../../../src/core/bus/bus.port.ts';
import type { CompiledPipeline } from '../../../src/core/pipeline/compile.ts';
import { createScorer, type Plan, type ScorerOptions } from '../../../src/core/scorer/scorer.ts';
import { pipelineOf } from '../../support/pipelines.ts';

const STORED_AT_MS = Date.UTC(2026, 2, 1);
const clock = { nowMs: () => STORED_AT_MS, monotonicMs: () => 0 };

function scorerOf(pipelines: readonly CompiledPipeline[], options: Partial<ScorerOptions> = {}) {
  const limits = { payloadBytesMax: 1_048_576, dedupeKeysMax: 1_000 };
  return createScorer({ pipelines, clock, random: () => 0.5, ...limits, ...options });
}

/** Objects become one NDJSON payload; a string or bytes stand as they are. */
function input(
  sequence: number,
  payload: string | Uint8Array | readonly object[],
  subject = 'earshot.in.test.chat',
): StoredMessage {
  const text =
    typeof payload === 'object' && !(payload instanceof Uint8Array)
      ? payload.map((item) => JSON.stringify(item)).join('\n')
      : payload;
  const data = typeof text === 'string' ? new TextEncoder().encode(text) : text;
  return { subject, data, sequence, storedAtMs: STORED_AT_MS };
}

function outputsOf(plan: Plan): readonly OutboundMessage[] {
  return plan.deliveries.flatMap(({ outputs }) => outputs);
}

function subjectsOf(plan: Plan): string[] {
  return outputsOf(plan).map(({ subject }) => subject);
}

function json(output: OutboundMessage | undefined): Record<string, unknown> {
  const data = output?.data ?? '';
  return JSON.parse(typeof data === 'string' ? data : new TextDecoder().decode(data)) as Record<
    string,
    unknown
  >;
}

/** An engine that counts, and breaks on the word `boom`. */
function engineOf(reads: string[]): CompiledPipeline['engine'] {
  return {
    name: 'counting',
    kind: 'immediate',
    languages: new Set(['en']),
    read(text) {
      reads.push(text);
      if (text.includes('boom')) throw new Error('the engine broke');
      return { probability: { negative: 0.1, neutral: 0.2, positive: 0.7 } };
    },
  };
}

test('a message is decoded and read once, and published once for each pipeline that wants it', async () => {
  const reads: string[] = [];
  const engine = engineOf(reads);
  const acme = { ...(await pipelineOf({ name: 'acme' })), engine };
  const rival = { ...(await pipelineOf({ name: 'rival', listen: { query: 'acme OR rival' } })), engine };
  const other = { ...(await pipelineOf({ name: 'other', listen: { query: 'nothing' } })), engine };
  const plan = await scorerOf([acme, rival, other]).plan([input(1, [{ id: 'a', text: 'acme is great' }])]);
  expect(reads).toEqual(['acme is great']);
  expect(subjectsOf(plan)).toEqual([
    'earshot.scored.acme.chat.positive',
    'earshot.scored.rival.chat.positive',
  ]);
  expect(plan.events).toContainEqual({ type: 'decoded', messages: 1 });
  expect(outputsOf(plan).map(json)).toMatchObject([
    { id: 'a', pipeline: 'acme', arrival: STORED_AT_MS, routes: [], relevance: { matched: ['acme'] } },
    { id: 'a', pipeline: 'rival', sentiment: { label: 'positive', score: 0.6, engine: 'counting' } },
  ]);
});

test('two engines each read a message once', async () => {
  const [first, second]: [string[], string[]] = [[], []];
  const a = { ...(await pipelineOf({ name: 'a' })), engine: engineOf(first) };
  const b = { ...(await pipelineOf({ name: 'b' })), engine: { ...engineOf(second), name: 'another' } };
  await scorerOf([a, b]).plan([input(1, [{ id: 'x', text: 'acme' }])]);
  expect([first, second]).toEqual([['acme'], ['acme']]);
});

test('pipelines of one engine, model and lexicon share a reading; another lexicon, another reading', async () => {
  const text = 'acme is sick, sick, sick';
  const lexicon = { sick: 4 };
  const skate = await pipelineOf({ name: 'skate', sentiment: { engine: 'natural', lexicon } });
  const surf = await pipelineOf({ name: 'surf', sentiment: { engine: 'natural', lexicon } });
  const clinic = await pipelineOf({ name: 'clinic', sentiment: { engine: 'natural' } });
  expect(surf.engine).toBe(skate.engine);
  const plan = await scorerOf([skate, surf, clinic]).plan([input(1, [{ id: 'a', text }])]);
  expect(subjectsOf(plan)).toEqual([
    'earshot.scored.skate.chat.positive',
    'earshot.scored.surf.chat.positive',
    'earshot.scored.clinic.chat.negative',
  ]);
});

test('a language is found once, and only for pipelines that want it found; what an engine is not for is not read', async () => {
  const reads: string[] = [];
  const found: string[] = [];
  const identify = (text: string) => {
    found.push(text);
    return text.includes('acme ist') ? 'de' : 'en';
  };
  const engine = engineOf(reads);
  const one = { ...(await pipelineOf({ name: 'one' })), engine, identify };
  const two = { ...(await pipelineOf({ name: 'two' })), engine, identify };
  const any = { ...(await pipelineOf({ name: 'any', sentiment: { identify: false } })), engine };
  const texts = ['acme ist toll', 'acme is great'];
  const plan = await scorerOf([one, two, any]).plan(
    texts.map((text, n) => input(n + 1, [{ id: text, text }])),
  );
  expect(found).toEqual(texts);
  expect(outputsOf(plan).map((output) => json(output).sentiment)).toMatchObject([
    { label: 'uncertain', reason: 'language', score: 0 },
    { label: 'uncertain', reason: 'language' },
    { label: 'positive' },
    { label: 'positive' },
    { label: 'positive' },
    { label: 'positive' },
  ]);
  expect(reads[0]).toBe('acme ist toll'); // For the pipeline that believes what is declared.
});

/** An engine of kind `batch` that answers when it is let to. */
function batchEngineOf(calls: (readonly string[])[], languages = ['en']): CompiledPipeline['engine'] {
  return {
    name: 'batching',
    kind: 'batch',
    languages: new Set(languages),
    readBatch: async (texts) => {
      calls.push(texts);
      await new Promise((resolve) => setImmediate(resolve));
      if (texts.some((text) => text.includes('boom'))) throw new Error('the runtime failed');
      return texts.map((text) => {
        const positive = text.includes('great') ? 0.7 : 0.1;
        return { probability: { negative: 0.8 - positive, neutral: 0.2, positive } };
      });
    },
  };
}

test('an engine that computes elsewhere reads a batch at once: what is wanted, in its languages, each text once', async () => {
  const calls: (readonly string[])[] = [];
  const engine = batchEngineOf(calls);
  const quick = await pipelineOf({ name: 'quick', sentiment: { engine: 'natural' } });
  const slow = { ...(await pipelineOf({ name: 'slow' })), engine };
  const also = {
    ...(await pipelineOf({ name: 'also', listen: { query: 'acme', languages: ['en'] } })),
    engine,
  };
  const plan = await scorerOf([quick, slow, also]).plan([
    input(1, [
      { id: 'a', text: 'acme is great' },
      { id: 'b', text: 'nothing wanted here' },
    ]),
    input(2, [{ id: 'c', text: 'acme', lang: 'de' }]),
    input(3, [{ id: 'd', text: 'acme is late' }]),
  ]);
  expect(calls).toEqual([['acme is great', 'acme is late']]);
  expect(subjectsOf(plan)).toEqual([
    'earshot.scored.quick.chat.positive',
    'earshot.scored.slow.chat.positive',
    'earshot.scored.also.chat.positive',
    'earshot.dropped.all.unmatched',
    'earshot.scored.quick.chat.uncertain',
    'earshot.scored.slow.chat.uncertain',
    'earshot.dropped.also.language',
    'earshot.scored.quick.chat.neutral',
    'earshot.scored.slow.chat.negative',
    'earshot.scored.also.chat.negative',
  ]);
});

test('an engine that fails elsewhere fails the batch, which can be planned again', async () => {
  const calls: (readonly string[])[] = [];
  const scorer = scorerOf([{ ...(await pipelineOf()), engine: batchEngineOf(calls) }]);
  await expect(scorer.plan([input(1, [{ id: 'a', text: 'acme boom' }])])).rejects.toThrow(
    'the runtime failed',
  );
  // Delivered again it is no duplicate of itself.
  const plan = await scorer.plan([input(1, [{ id: 'a', text: 'acme is great' }])]);
  expect(subjectsOf(plan)).toEqual(['earshot.scored.acme.chat.positive']);
});

test('batches planned at the same time do not mix', async () => {
  const routes = [{ queue: 'bad', when: '1 / (engagement.likes > 0.0 ? 1 : 0) > 0' }];
  const scorer = scorerOf([{ ...(await pipelineOf({ routes })), engine: batchEngineOf([]) }]);
  const plans = await Promise.all(
    [1, 2].map(async (n) => scorer.plan([input(n, [{ id: String(n), text: 'acme' }])])),
  );
  expect(plans.map((plan) => plan.events.filter(({ type }) => type === 'rule_failed').length)).toEqual([
    1, 1,
  ]);
});

test('what no pipeline wants goes to all.unmatched, and is not read', async () => {
  const reads: string[] = [];
  const pipeline = { ...(await pipelineOf()), engine: engineOf(reads) };
  const plan = await scorerOf([pipeline]).plan([input(1, [{ id: 'a', text: 'something else' }])]);
  expect(subjectsOf(plan)).toEqual(['earshot.dropped.all.unmatched']);
  expect(json(outputsOf(plan)[0])).toMatchObject({
    id: 'a',
    pipeline: 'all',
    dropped: { reason: 'unmatched' },
  });
  expect(plan.deliveries[0]?.marks).toEqual([
    { type: 'dropped', pipeline: 'all', reason: 'unmatched', output: 0 },
  ]);
  expect(reads).toEqual([]);
});

test('a pipeline hears only the subjects it listens to', async () => {
  const social = await pipelineOf({ name: 'social', source: { subjects: ['earshot.in.*.social'] } });
  const all = await pipelineOf({ name: 'all-of-it' });
  const scorer = scorerOf([social, all]);
  const text = [{ id: 'a', text: 'acme' }];
  expect(
    subjectsOf(await scorer.plan([input(1, text, 'earshot.in.test.chat')])).map(
      (subject) => subject.split('.')[2],
    ),
  ).toEqual(['all-of-it']);
  const second = await scorer.plan([input(2, [{ id: 'b', text: 'acme' }], 'earshot.in.test.social')]);
  expect(subjectsOf(second).map((subject) => subject.split('.')[2])).toEqual(['social', 'all-of-it']);
  expect(subjectsOf(await scorerOf([social]).plan([input(1, text)]))).toEqual([
    'earshot.dropped.all.unmatched',
  ]);
});

test('another language is dropped for the pipeline that names its languages, a message that does not say is kept', async () => {
  const english = await pipelineOf({ name: 'english', listen: { query: 'acme', languages: ['en'] } });
  const any = await pipelineOf({ name: 'any' });
  const plan = await scorerOf([english, any]).plan([
    input(1, [{ id: 'sv', text: 'acme', lang: 'sv' }]),
    input(2, [{ id: 'none', text: 'acme' }]),
  ]);
  expect(subjectsOf(plan)).toEqual([
    'earshot.dropped.english.language',
    'earshot.scored.any.chat.uncertain', // No model of its engine reads Swedish.
    'earshot.scored.english.chat.neutral',
    'earshot.scored.any.chat.neutral',
  ]);
});

/** What became of the last of several inputs, given in turn to one scorer. */
test.each<[string, object, readonly [number, object][], string]>([
  [
    'the same id at another position is a duplicate',
    {},
    [
      [1, {}],
      [2, {}],
    ],
    'duplicate',
  ],
  [
    'at the same position it is a redelivery',
    {},
    [
      [1, {}],
      [1, {}],
    ],
    'scored',
  ],
  [
    'an edit is no duplicate',
    {},
    [
      [1, {}],
      [2, { kind: 'edit', version: '2' }],
    ],
    'scored',
  ],
  [
    'a deletion is no duplicate',
    {},
    [
      [1, {}],
      [2, { kind: 'delete' }],
    ],
    'scored',
  ],
  [
    'another version is no duplicate',
    {},
    [
      [1, { version: '1' }],
      [2, { version: '2' }],
    ],
    'scored',
  ],
  [
    'a third copy is one too',
    {},
    [
      [1, {}],
      [2, {}],
      [3, {}],
    ],
    'duplicate',
  ],
  [
    'forgotten keys are not known',
    { dedupeKeysMax: 1 },
    [
      [1, {}],
      [2, { id: 'b' }],
      [3, { id: 'c' }],
      [4, {}],
    ],
    'scored',
  ],
])('%s', async (_why, options, copies, outcome) => {
  const scorer = scorerOf([await pipelineOf()], options);
  const plans: Plan[] = [];
  for (const [sequence, fields] of copies)
    plans.push(await scorer.plan([input(sequence, [{ id: 'a', version: '1', text: 'acme', ...fields }])]));
  const [mark] = plans.at(-1)?.deliveries[0]?.marks ?? [];
  expect(mark?.type === 'dropped' ? mark.reason : mark?.type).toBe(outcome);
});

test('a worker remembers at least dedupeKeysMax keys, and at most twice as many', async () => {
  const scorer = scorerOf([await pipelineOf()], { dedupeKeysMax: 10 });
  const outcome = async (sequence: number, id: number) => {
    const [mark] =
      (await scorer.plan([input(sequence, [{ id: String(id), text: 'acme' }])])).deliveries[0]?.marks ?? [];
    return mark?.type;
  };
  for (let id = 0; id < 25; id += 1) expect(await outcome(id + 1, id), `${id} is new`).toBe('scored');
  for (let id = 15; id < 25; id += 1)
    expect(await outcome(100 + id, id), `${id} is remembered`).toBe('dropped');
  for (let id = 0; id < 5; id += 1) expect(await outcome(200 + id, id), `${id} is forgotten`).toBe('scored');
});

test('two lines of one input with one id: the second is a duplicate', async () => {
  const plan = await scorerOf([await pipelineOf()]).plan([
    input(1, [
      { id: 'a', text: 'acme' },
      { id: 'a', text: 'acme' },
    ]),
  ]);
  expect(subjectsOf(plan)).toEqual(['earshot.scored.acme.chat.neutral', 'earshot.dropped.acme.duplicate']);
});

test('a copy with other tags reaches the pipeline that wants only its tag', async () => {
  const apple = await pipelineOf({ name: 'apple', listen: { query: '#aapl' } });
  const google = await pipelineOf({ name: 'google', listen: { query: '#googl' } });
  const scorer = scorerOf([apple, google]);
  const first = await scorer.plan([input(1, [{ id: 't', text: 'earnings', tags: ['aapl'] }])]);
  const second = await scorer.plan([input(2, [{ id: 't', text: 'earnings', tags: ['googl'] }])]);
  const third = await scorer.plan([input(3, [{ id: 't', text: 'earnings', tags: ['aapl'] }])]);
  expect([first, second, third].map(subjectsOf)).toEqual([
    ['earshot.scored.apple.chat.neutral'],
    ['earshot.scored.google.chat.neutral'],
    ['earshot.dropped.apple.duplicate'],
  ]);
});

test('dead letters carry the bytes, the reason, and where they stood; their neighbours go on', async () => {
  const lines = '{"id":"a","text":"acme"}\nnot json ☃\n{"id":"b","text":"acme"}';
  const plan = await scorerOf([await pipelineOf()]).plan([input(7, lines)]);
  expect(subjectsOf(plan).sort()).toEqual([
    'earshot.dead.invalid_json',
    'earshot.scored.acme.chat.neutral',
    'earshot.scored.acme.chat.neutral',
  ]);
  const dead = outputsOf(plan).find(({ subject }) => subject.startsWith('earshot.dead'));
  expect(new TextDecoder().decode(dead?.data as Uint8Array)).toBe('not json ☃');
  expect(dead?.headers).toMatchObject({
    'Earshot-Reason': 'invalid_json',
    'Earshot-Subject': 'earshot.in.test.chat',
    'Earshot-Sequence': '7',
    'Earshot-Line': '2',
  });
  expect(dead?.headers?.['Earshot-Detail']).toMatch(/^[\x20-\x7e]{1,300}$/);
  expect(dead?.headers).not.toHaveProperty('Earshot-Truncated-From-Bytes');
});

test('a dead letter is cut to what the bus takes, and says how long it was', async () => {
  const bytes = new Uint8Array(10_000).fill(0x78);
  const [dead] = outputsOf(
    await scorerOf([await pipelineOf()], { payloadBytesMax: 5_000 }).plan([input(1, bytes)]),
  );
  const headerBytes = Object.entries(dead?.headers ?? {}).reduce(
    (sum, [name, value]) => sum + name.length + value.length + 4,
    100,
  );
  expect((dead?.data.length ?? 0) + headerBytes).toBeLessThanOrEqual(5_000);
  expect(dead?.data.length).toBeGreaterThan(2_000);
  expect(dead?.headers?.['Earshot-Truncated-From-Bytes']).toBe('10000');
});

test('a message that breaks its engine is a dead letter `failed`; the others go on', async () => {
  const pipeline = { ...(await pipelineOf()), engine: engineOf([]) };
  const plan = await scorerOf([pipeline]).plan([
    input(1, [
      { id: 'a', text: 'acme' },
      { id: 'b', text: 'acme boom' },
    ]),
    input(2, [{ id: 'c', text: 'acme' }]),
  ]);
  expect(plan.deliveries.map(({ marks }) => marks.map(({ type }) => type))).toEqual([
    ['scored', 'dead'],
    ['scored'],
  ]);
  const dead = plan.deliveries[0]?.outputs[1];
  expect(dead).toMatchObject({
    subject: 'earshot.dead.failed',
    headers: { 'Earshot-Detail': 'the engine broke', 'Earshot-Line': '2' },
  });
  expect(json(dead)).toMatchObject({ id: 'b', text: 'acme boom' });
});

test('half of a broken message is not published: the first pipeline had it, the second broke', async () => {
  const sound = {
    ...(await pipelineOf({ name: 'sound' })),
    engine: {
      ...engineOf([]),
      name: 'sound',
      read: () => ({ probability: { negative: 0, neutral: 1, positive: 0 } }),
    },
  };
  const broken = { ...(await pipelineOf({ name: 'broken' })), engine: engineOf([]) };
  const plan = await scorerOf([sound, broken]).plan([input(1, [{ id: 'a', text: 'acme boom' }])]);
  expect(subjectsOf(plan)).toEqual(['earshot.dead.failed']);
  expect(plan.deliveries[0]?.marks.map(({ type, output }) => ({ type, output }))).toEqual([
    { type: 'dead', output: 0 },
  ]);
});

test('a routed message is copied to each queue, and says so', async () => {
  const routes = [
    { queue: 'loud', when: 'author.followers > 1000.0' },
    { queue: 'chat', when: 'channel == "chat"' },
    { queue: 'never', when: 'false' },
  ];
  const plan = await scorerOf([await pipelineOf({ routes })]).plan([
    input(1, [{ id: 'a', version: '1', text: 'acme', author: { followers: 5000 } }]),
  ]);
  expect(outputsOf(plan).map(({ subject, id }) => [subject, id])).toEqual([
    ['earshot.scored.acme.chat.neutral', 'acme:a:create:1'],
    ['earshot.route.acme.loud', 'acme:loud:a:create:1'],
    ['earshot.route.acme.chat', 'acme:chat:a:create:1'],
  ]);
  expect(new Set(outputsOf(plan).map(({ data }) => data)).size).toBe(1);
  expect(json(outputsOf(plan)[0]).routes).toEqual(['loud', 'chat']);
});

test('a route that cannot be evaluated is told, once, and the message goes its way', async () => {
  const routes = [{ queue: 'bad', when: '1 / (engagement.likes > 0.0 ? 1 : 0) > 0' }];
  const scorer = scorerOf([await pipelineOf({ routes })]);
  const plan = await scorer.plan([input(1, [{ id: 'a', text: 'acme' }])]);
  expect(subjectsOf(plan)).toEqual(['earshot.scored.acme.chat.neutral']);
  expect(plan.events.filter(({ type }) => type === 'rule_failed')).toMatchObject([
    { pipeline: 'acme', rule: 'bad' },
  ]);
  expect((await scorer.plan([])).events.filter(({ type }) => type === 'rule_failed')).toEqual([]);
});

test('message ids are the same when an input is planned again, by this worker or another', async () => {
  const pipelines = [
    await pipelineOf(),
    await pipelineOf({ name: 'other', listen: { query: 'x', languages: ['en'] } }),
  ];
  const batch = [input(3, '{"id":"a","text":"acme x","lang":"de"}\ngarbage\n{"id":"b","text":"zzz"}')];
  const scorer = scorerOf(pipelines);
  const ids = (plan: Plan) => outputsOf(plan).map(({ id }) => id);
  const first = ids(await scorer.plan(batch));
  expect(new Set(first).size).toBe(4);
  expect(ids(await scorer.plan(batch))).toEqual(first);
  expect(ids(await scorerOf(pipelines).plan(batch))).toEqual(first);
});

test.each(['with space', 'né ☃ 你好', 'a"b\\c', 'x'.repeat(256), 'per%cent'])(
  'the id %j makes a header-safe message id',
  async (id) => {
    const [scored] = outputsOf(await scorerOf([await pipelineOf()]).plan([input(1, [{ id, text: 'acme' }])]));
    expect(scored?.id).toMatch(/^[\x21-\x7e]+$/);
    expect(json(scored).id).toBe(id);
  },
);

test.each(['a\nb', '\ud800', ''])('the id %j is no id, and no header', async (id) => {
  const plan = await scorerOf([await pipelineOf()]).plan([input(1, [{ id, text: 'acme' }])]);
  expect(subjectsOf(plan)[0]).toMatch(/^earshot\.dead\.(bad_field|missing_id)$/);
});

test.each<[string, number, number, boolean]>([
  ['all of them', 1, 0.999, true],
  ['the drawn share', 0.25, 0.2, true],
  ['not the others', 0.25, 0.3, false],
  ['none', 0, 0, false],
])('a sample of drops publishes %s, and counts all', async (_what, sample, drawn, published) => {
  const pipeline = await pipelineOf({ listen: { query: 'acme', languages: ['en'] }, dropped: { sample } });
  const [delivery] = (
    await scorerOf([pipeline], { random: () => drawn }).plan([
      input(1, [{ id: 'a', text: 'acme', lang: 'de' }]),
    ])
  ).deliveries;
  expect(delivery?.outputs).toHaveLength(published ? 1 : 0);
  expect(delivery?.marks).toEqual([
    { type: 'dropped', pipeline: 'acme', reason: 'language', output: published ? 0 : undefined },
  ]);
});

test('a time beyond the allowed skew is set back, and counted', async () => {
  const plan = await scorerOf([await pipelineOf()]).plan([
    input(1, [{ id: 'a', text: 'acme', time: STORED_AT_MS + 3_600_000 }]),
  ]);
  expect(json(outputsOf(plan)[0]).time).toBe(STORED_AT_MS + 60_000);
  expect(plan.events).toContainEqual({ type: 'clamped', messages: 1 });
});

test('without pipelines everything is unmatched; an empty batch plans nothing', async () => {
  expect(subjectsOf(await scorerOf([]).plan([input(1, [{ id: 'a', text: 'acme' }])]))).toEqual([]);
  expect((await scorerOf([]).plan([])).deliveries).toEqual([]);
});
