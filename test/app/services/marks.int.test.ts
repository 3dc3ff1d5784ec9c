/** Goal: on a real server, a mark changes what comes later, within its clamp; it survives a restart, every scorer learns the
 *  same, and what is no mark becomes one dead letter. The verbs `mark`, `audit` and `tail dropped` on the same streams. */
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, beforeEach, expect, test, vi } from 'vitest';
import { connectNatsBus } from '../../../src/adapters/nats/nats-bus.ts';
import { natsConfig } from '../../../src/adapters/nats/nats.config.ts';
import { systemClock } from '../../../src/app/clock.ts';
import { settingsConfig } from '../../../src/app/config/settings.config.ts';
import { startScorer, type ScorerService } from '../../../src/app/services/scorer.service.ts';
import { addAudit } from '../../../src/cli/verbs/audit.ts';
import { addMark } from '../../../src/cli/verbs/mark.ts';
import type { Bus } from '../../../src/core/bus/bus.port.ts';
import { STREAMS, streamSpecs } from '../../../src/core/bus/streams.ts';
import { subjects } from '../../../src/core/bus/subjects.ts';
import type { TelemetryEvent } from '../../../src/core/telemetry/telemetry.port.ts';
import { runVerb } from '../../cli/support.ts';
import { untilStored, stored } from '../../support/bus.ts';
import { opening, wordFilter } from '../../support/filters.ts';
import { guardAgainstLeaks } from '../../support/leak-guard.ts';
import { startNatsServer, type NatsServer } from '../../support/nats-server.ts';
import { pipelineOf } from '../../support/pipelines.ts';
import { removeFolder, tempFolder } from '../../support/temp-folder.ts';

guardAgainstLeaks();

const settings = { ...settingsConfig.parse({}).scorer, ackWait: 2_000 };
let server: NatsServer;
let bus: Bus;
let folder: string;
let buses: Bus[];
let scorers: Scoring[];

beforeAll(async () => {
  folder = await tempFolder('marks');
});
afterAll(() => removeFolder(folder));
beforeEach(async () => {
  server = await startNatsServer();
  [buses, scorers] = [[], []];
  bus = await connect();
  await bus.ensureStreams(streamSpecs({ storeBytesMax: 256 * 1_048_576 }));
});
afterEach(async () => {
  await Promise.all(scorers.map(({ service }) => service.stop()));
  await Promise.all(buses.map((one) => one.close()));
  await server.stop();
});

async function connect(): Promise<Bus> {
  const opened = (await connectNatsBus(natsConfig.parse({ servers: [server.url] }))).bus;
  buses.push(opened);
  return opened;
}

interface Scoring {
  readonly service: ScorerService;
  readonly events: TelemetryEvent[];
}

/** A scorer of its own connection, as another process would be. */
async function startOne(group = 'scorer'): Promise<Scoring> {
  const listen = { query: 'acme', classifier: { model: 'words', dropBelow: 0.3 } };
  const pipeline = await pipelineOf(
    { listen, sentiment: { engine: 'natural' } },
    opening(wordFilter({ prize: -3, sure: 6 })),
  );
  const events: TelemetryEvent[] = [];
  const telemetry = (event: TelemetryEvent) => events.push(event);
  const options = { settings: { ...settings, group }, pipelines: [pipeline], telemetry, clock: systemClock };
  const scoring = { service: startScorer({ bus: await connect(), ...options }), events };
  scorers.push(scoring);
  return scoring;
}

const publish = (id: string, text: string) =>
  bus.publish({ subject: 'earshot.in.test.chat', data: JSON.stringify({ id, text }) });
const mark = (id: string, word: string, text: string) => {
  const data = { id, pipeline: 'acme', mark: word, by: 'ann', atMs: 1, text };
  return bus.publish({ subject: subjects.mark('acme'), data: JSON.stringify(data) });
};
const held = ({ events }: Scoring) =>
  events.reduce((last, event) => (event.type === 'marks_applied' ? event.held : last), 0);
const untilHeld = (scoring: Scoring, marks: number) =>
  vi.waitFor(() => expect(held(scoring)).toBe(marks), { timeout: 20_000, interval: 20 });

type Verdict = Readonly<Record<'base' | 'probability' | 'correction', number>> & {
  readonly overruled?: string;
  readonly reason?: string;
};
interface Message {
  readonly id: string;
  readonly relevance?: Verdict;
  readonly dropped?: Verdict;
}

/** What was said of a message, once it is there. */
const verdictOf = (stream: 'scored' | 'dropped', id: string): Promise<Verdict | undefined> =>
  vi.waitFor(
    async () => {
      const all = (await stored(bus, stream)).map(
        ({ data }) => JSON.parse(new TextDecoder().decode(data)) as Message,
      );
      const found = all.find((message) => message.id === id);
      if (found === undefined) throw new Error(`'${id}' is not in ${stream}`);
      return found.relevance ?? found.dropped;
    },
    { timeout: 20_000, interval: 50 },
  );

test('a mark changes later verdicts within the clamp, survives a restart, and a second scorer learns the same', async () => {
  const text = 'acme garden furniture';
  const first = await startOne();
  await publish('before', text);
  expect(await verdictOf('scored', 'before')).toMatchObject({ probability: 0.5, correction: 0 });
  for (let at = 0; at < 12; at += 1) await mark(`m${at}`, 'drop', text);
  await mark('again', 'keep', 'acme prize winners of our poll');
  await untilHeld(first, 13);
  await publish('after', text);
  const turned = { reason: 'irrelevant', base: 0.5, correction: -2, overruled: 'keep' };
  expect(await verdictOf('dropped', 'after')).toMatchObject(turned);
  await publish('sure', `${text} sure`);
  expect(await verdictOf('scored', 'sure')).toMatchObject({ base: 0.997527 }); // Not turned.

  // In between: a correction that no clamp hides.
  const probe = 'acme prize garden';
  await publish('first', probe);
  const told = await verdictOf('dropped', 'first');
  expect(told?.correction).not.toBe(0);
  expect(Math.abs(told?.correction ?? 2)).toBeLessThan(2);
  const second = await startOne();
  await untilHeld(second, 13);
  await first.service.stop();
  await publish('second', probe);
  expect(await verdictOf('dropped', 'second')).toEqual(told);
  await second.service.stop();
  await publish('restarted', probe);
  await startOne(); // Judges what waits for it, and not before it has read the marks.
  expect(await verdictOf('dropped', 'restarted')).toEqual(told);
});

test('marks outlive the messages: when all streams but one have let go, a scorer that starts learns what was marked', async () => {
  await bus.ensureStreams(streamSpecs({ storeBytesMax: 256 * 1_048_576, ageMsMax: 1_000 }));
  const text = 'acme garden furniture';
  const first = await startOne();
  await publish('before', text);
  for (let at = 0; at < 3; at += 1) await mark(`m${at}`, 'drop', text);
  await untilHeld(first, 3);
  await first.service.stop();
  for (const stream of [STREAMS.in, STREAMS.scored])
    await vi.waitFor(async () => expect((await bus.streamState(stream)).messages).toBe(0), {
      timeout: 20_000,
      interval: 50,
    });
  const second = await startOne();
  await untilHeld(second, 3);
});

test('what is no mark becomes one dead letter, however many scorers read it; the marks around it count', async () => {
  const [one, two] = [await startOne(), await startOne('other')];
  await mark('m1', 'drop', 'acme garden');
  await bus.publish({ subject: subjects.mark('acme'), data: 'not a mark' });
  await bus.publish({
    subject: subjects.mark('acme'),
    data: JSON.stringify({ pipeline: 'acme', mark: 'burn it' }),
  });
  await mark('m2', 'drop', 'acme shed');
  await Promise.all([untilHeld(one, 2), untilHeld(two, 2)]);
  const dead = await untilStored(bus, 'dead', 2);
  await Promise.all(scorers.splice(0).map(({ service }) => service.stop()));
  const third = await startOne(); // A restart does not bury them again.
  await untilHeld(third, 2);
  expect((await stored(bus, 'dead')).map(({ subject }) => subject)).toEqual([
    'earshot.dead.bad_mark',
    'earshot.dead.bad_mark',
  ]);
  // One of two workers may bury the first, the other the second.
  expect(dead.map(({ data }) => new TextDecoder().decode(data))).toContain('not a mark');
});

test('earshot mark and earshot audit: draw, mark, estimate', async () => {
  await startOne();
  const count = 40;
  for (let at = 0; at < count; at += 1)
    await publish(`k${at}`, `acme ${at < 32 ? 'relevant' : 'noise'} number ${at}`);
  for (let at = 0; at < count; at += 1)
    await publish(`d${at}`, `acme prize ${at < 4 ? 'relevant' : 'noise'} ${at}`);
  await untilStored(bus, 'scored', count);
  await untilStored(bus, 'dropped', count);
  const on = ['--bus', server.url];

  const drawn = await runVerb(addAudit, ['audit', 'acme', '--draw', '80', ...on]);
  const lines = drawn.stdout.trimEnd().split('\n');
  expect([drawn.code, lines.length]).toEqual([0, 80]);
  const filled = lines.map((line) => {
    const request = JSON.parse(line) as { message: { text: string } };
    return JSON.stringify({ ...request, mark: request.message.text.includes('relevant') ? 'keep' : 'drop' });
  });
  const file = join(folder, 'marks.ndjson');
  await writeFile(file, filled.join('\n'));
  const marked = await runVerb(addMark, ['mark', 'acme', '--file', file, '--by', 'ann', ...on]);
  expect(marked).toMatchObject({ code: 0, stdout: 'acme: marked 36 keep, 44 drop\n' });

  const audit = await runVerb(addAudit, ['audit', 'acme', '--json', ...on]);
  // All is marked: 32 of 40 kept and 4 of 40 dropped are relevant, and nothing is left to chance.
  expect(JSON.parse(audit.stdout)).toMatchObject({
    recall: { value: 32 / 36, low: 32 / 36, high: 32 / 36 },
    precision: { value: 0.8 },
    drawn: true,
    tooFew: [],
    needed: [{ marks: 0 }, { marks: 0 }],
  });
  expect((await runVerb(addAudit, ['audit', 'acme', ...on])).stdout).toMatch(
    /recall: .* 0\.889 .*no further marks/s,
  );

  const found = await runVerb(addMark, ['mark', 'acme', 'd7', 'keep', ...on]);
  expect(found).toMatchObject({ code: 0, stdout: 'acme: marked 1 keep, 0 drop\n' });
  const last = (await stored(bus, 'audit')).at(-1);
  const expected = {
    message: 'd7',
    text: 'acme prize noise 7',
    verdict: 'drop',
    reason: 'irrelevant',
    sample: 1,
  };
  expect(JSON.parse(new TextDecoder().decode(last?.data))).toMatchObject(expected);
  expect((await runVerb(addMark, ['mark', 'acme', 'nowhere', 'keep', ...on])).code).toBe(1);
});
