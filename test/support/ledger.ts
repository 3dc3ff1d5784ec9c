/** A producer that keeps books: what the broker confirmed to it must come out of Earshot, whatever is killed meanwhile. */
import type { NatsUser, SeenMessage } from './nats-user.ts';
import { until } from './process.ts';

/** How many messages may be published and not yet seen coming out: the producer works while things are killed. */
const AHEAD_MAX = 5_000;
const LINES_PER_BATCH = 50;
const PUBLISHERS = 40;
/** Every so many messages one is irrelevant, and one is poison. */
const IRRELEVANT_EVERY = 50;
const POISON_EVERY = 125;

export interface Ledger {
  readonly confirmed: ReadonlySet<string>;
  readonly stored: readonly string[];
}

export interface Producer {
  /** Ids that the broker confirmed. */
  readonly confirmed: ReadonlySet<string>;
  /** Messages seen coming out: some twice, some not at all, for plain NATS promises nothing. */
  seen(): number;
  /** Publishes so many messages: half of them alone, half as NDJSON. */
  publish(count: number): Promise<void>;
}

export async function startProducer(user: NatsUser): Promise<Producer> {
  const confirmed = new Set<string>();
  let seen = 0;
  let published = 0;
  let waiting: (() => void)[] = [];
  for (const outcome of ['scored', 'dropped', 'dead'])
    await user.listen(`earshot.${outcome}.>`, (message) => {
      seen += linesOf(message).length;
      if (published - seen > AHEAD_MAX) return;
      for (const wake of waiting) wake();
      waiting = [];
    });

  const room = async () => {
    while (published - seen > AHEAD_MAX) await new Promise<void>((resolve) => waiting.push(resolve));
  };
  const send = async (ids: readonly string[]) => {
    published += ids.length;
    await user.publish(`earshot.in.ledger.${ids.length > 1 ? 'bulk' : 'chat'}`, ids.map(payload).join('\n'), {
      id: ids[0] ?? '',
    });
    for (const id of ids) confirmed.add(id);
  };
  return {
    confirmed,
    seen: () => seen,
    async publish(count) {
      const first = published;
      const work = workOf(first, first + count);
      await Promise.all(
        Array.from({ length: PUBLISHERS }, async () => {
          for (const ids of work) {
            await room();
            await send(ids);
          }
        }),
      );
    },
  };
}

/** Alternately fifty messages alone and fifty in one payload. */
function* workOf(from: number, to: number): Generator<string[]> {
  for (let start = from; start < to; start += 2 * LINES_PER_BATCH) {
    const ids = Array.from(
      { length: Math.min(2 * LINES_PER_BATCH, to - start) },
      (_, index) => `m${start + index}`,
    );
    for (const id of ids.slice(0, LINES_PER_BATCH)) yield [id];
    if (ids.length > LINES_PER_BATCH) yield ids.slice(LINES_PER_BATCH);
  }
}

function payload(id: string): string {
  const number = Number(id.slice(1));
  if (number % POISON_EVERY === 7) return `{"id":"${id}","text":"#acme`;
  return JSON.stringify({
    id,
    text: `${number % IRRELEVANT_EVERY === 3 ? 'else' : '#acme'} lovely number ${number}`,
  });
}

/** What came out, by the ids that it carries: scored, dropped and dead together. */
export async function readLedger(user: NatsUser, producer: Producer): Promise<Ledger> {
  const streams = await Promise.all(
    ['SCORED', 'DROPPED', 'DEAD'].map((name) => user.readAll(`EARSHOT_${name}`)),
  );
  return {
    confirmed: producer.confirmed,
    stored: streams
      .flat()
      .flatMap(linesOf)
      .map((text) => /"id":"(m\d+)"/.exec(text)?.[1] ?? `no id: ${text}`),
  };
}

/** What one message of a stream holds: of a batch each line. */
export function linesOf({ subject, text }: Pick<SeenMessage, 'subject' | 'text'>): string[] {
  return /^earshot\.scored\.[^.]+\.batch$/.test(subject) ? text.split('\n') : [text];
}

/** Messages that wait for the scorers, and those that they have in hand. */
export async function backlogOf(user: NatsUser): Promise<number> {
  const { pending, unacknowledged } = await user.backlog('EARSHOT_IN', 'scorer');
  return pending + unacknowledged;
}

/** What came out, once the scorers have nothing in hand and nothing waits for them. */
export async function allOut(user: NatsUser, producer: Producer, msMax?: number): Promise<Ledger> {
  const isOut = async () => ((await backlogOf(user)) === 0 ? true : undefined);
  await until('everything has come out', isOut, msMax);
  return readLedger(user, producer);
}
