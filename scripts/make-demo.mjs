/** Writes pipelines/demo/sample.ndjson: a day in the life of a fictional airline, told in half an hour, an IT outage in it.
 *
 *    node scripts/make-demo.mjs           writes the file
 *    node scripts/make-demo.mjs --check   fails when the file is not what this script writes
 *
 *  The texts are in scripts/demo-texts.txt, all written for the demo; people and places in
 *  scripts/demo-cast.mjs. The seed is fixed: the same bytes on each run.
 *  `offsetMs` counts from the start of the sample; whoever replays it adds the moment when it starts. */
import { readFileSync, writeFileSync } from 'node:fs';
import { AGENTS, CITIES, FIRST, FLIGHTS, KNOWN, LAST, MOOD } from './demo-cast.mjs';

const SEED = 20_260_311;
const MINUTE_MS = 60_000;
const END_MS = 30 * MINUTE_MS;
const TEXTS = new URL('demo-texts.txt', import.meta.url);
const SAMPLE = new URL('../pipelines/demo/sample.ndjson', import.meta.url);

/** How often something new is said, minute by minute; replies and reposts come on top. */
const PHASES = [
  { name: 'quiet', perMinute: [9, 10, 9, 9, 8, 10, 9, 10, 9, 10, 10] },
  { name: 'surge', perMinute: [24, 36, 47, 51, 48, 43, 38] },
  { name: 'recovery', perMinute: [20, 17, 15, 15, 16, 16, 15, 12, 9, 8, 8, 8] },
];
/** Who is loudest when. In the surge social speaks first; chat and tickets follow with this delay. */
const SHARES = {
  quiet: { social: 0.54, chat: 0.1, tickets: 0.1, surveys: 0.17, reviews: 0.09 },
  surge: { social: 0.63, chat: 0.18, tickets: 0.13, surveys: 0.03, reviews: 0.03 },
  recovery: { social: 0.56, chat: 0.13, tickets: 0.11, surveys: 0.13, reviews: 0.07 },
};
const SURGE_DELAY_MS = {
  social: 0,
  chat: MINUTE_MS,
  tickets: 2 * MINUTE_MS,
  surveys: 3 * MINUTE_MS,
  reviews: 3 * MINUTE_MS,
};

/** mulberry32: 32 bits of state, uniform in [0, 1). */
function randomFrom(seed) {
  let state = seed;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4_294_967_296;
  };
}
const random = randomFrom(SEED);
const between = (low, high) => low + Math.floor(random() * (high - low + 1));
const pick = (list) => list[between(0, list.length - 1)];

/** `phase channel` to its lines, in order. */
function readTexts() {
  const lists = new Map();
  let list;
  for (const raw of readFileSync(TEXTS, 'utf8').split('\n')) {
    if (raw === '' || /^#( |$)/.test(raw)) continue;
    if (raw.startsWith('== ')) lists.set(raw.slice(3), (list = []));
    else list.push(parseLine(raw));
  }
  return lists;
}

function parseLine(raw) {
  const line = { uses: 0 };
  let text = raw;
  for (let mark; (mark = /^\[(\w+) ?(\S*)\] /.exec(text)); text = text.slice(mark[0].length))
    line[mark[1]] = mark[2];
  return {
    ...line,
    turns: text.split(' || '),
    usesMax: /\{[fcghqa]\}/.test(text) && line.by === undefined ? 2 : 1,
  };
}

/** The line whose place in the list is nearest to how far the phase has gone, with some jitter; repeats come late. */
function takeLine(list, progress) {
  let best;
  let bestCost = Infinity;
  for (const [index, line] of list.entries()) {
    if (line.uses >= line.usesMax) continue;
    const cost = Math.abs(index / list.length - progress) + random() * 0.12 + line.uses * 0.4;
    if (cost < bestCost) [best, bestCost] = [line, cost];
  }
  if (best) best.uses += 1;
  return best;
}

function slots() {
  return {
    f: pick(FLIGHTS),
    c: pick(CITIES),
    g: `${pick(['A', 'B', 'C', 'D'])}${between(1, 38)}`,
    h: String(between(2, 6)),
    q: String(5 * between(5, 22)),
    a: pick(AGENTS),
    ref: Array.from({ length: 6 }, () => pick('ABCDEFGHJKLMNPQRSTUVWXYZ23456789')).join(''),
  };
}
const fill = (text, values) => text.replace(/\{(\w+)\}/g, (_all, name) => values[name]);

const authors = new Map();
/** Few are widely read: followers are log-normal around 250, from 3 to 9,500. */
function someone() {
  const handle = `${pick(FIRST)}_${pick(LAST)}`;
  if (!authors.has(handle)) {
    const normal = Math.sqrt(-2 * Math.log(1 - random())) * Math.cos(2 * Math.PI * random());
    const followers = Math.min(9_500, Math.max(3, Math.round(Math.exp(5.5 + 1.5 * normal))));
    authors.set(handle, { id: `u-${4_000 + authors.size}`, handle, followers, role: 'customer' });
  }
  return authors.get(handle);
}
const known = (handle) => ({ id: `u-${handle}`, handle, role: 'customer', ...KNOWN[handle] });
const customer = () => ({ id: `cust-${between(10_000, 99_999)}`, role: 'customer' });

/** A person's hand: not everyone writes with capitals and full stops. */
function asTyped(text, phase) {
  let typed = text;
  if (random() < 0.14) typed = typed.toLowerCase().replace(/kya(\d)/g, 'KYA$1');
  if (random() < 0.15) typed = typed.replace(/[.!]+$/, '');
  if (random() < 0.1) typed += ` ${pick(MOOD[phase])}`;
  return typed;
}

function entities(text) {
  const found = (pattern) => [...new Set([...text.matchAll(pattern)].map(([, word]) => word.toLowerCase()))];
  return { tags: found(/#(\w+)/g), mentions: found(/@(\w+)/g) };
}

function engagement(followers) {
  const views = Math.round(followers * (0.1 + random() * 0.8)) + between(2, 60);
  const likes = Math.floor(views * random() * 0.05);
  return {
    likes,
    reposts: Math.floor(likes * random() * 0.4),
    replies: between(0, 2 + Math.floor(likes / 20)),
    views,
  };
}

const said = [];
function say(message) {
  if (message.offsetMs < END_MS) said.push(message);
  return message;
}

function saySocial(line, phase, offsetMs) {
  const author = line.by === undefined ? someone() : known(line.by);
  const filled = fill(line.turns[0], slots());
  const text = line.by === undefined ? asTyped(filled, phase) : filled;
  const post = say({
    offsetMs,
    channel: 'social',
    author,
    text,
    lang: line.lang ?? 'en',
    ...entities(text),
    engagement: engagement(author.followers),
  });
  if (line.rt === undefined) return;
  for (let copies = between(5, 9); copies > 0; copies -= 1) {
    const reposter = someone();
    const copy = `RT @${author.handle}: ${text}`;
    const later = offsetMs + between(8_000, 150_000);
    say({
      offsetMs: later,
      channel: 'social',
      author: reposter,
      text: copy,
      lang: 'en',
      ...entities(copy),
      repostOf: post,
      engagement: engagement(reposter.followers),
    });
  }
}

let conversations = 0;
/** Chat, tickets, surveys, reviews: the brand's own channels, which the connector tags with the brand. */
function sayOwned(line, phase, channel, offsetMs) {
  const values = slots();
  const author = channel === 'reviews' ? someone() : customer();
  const agent = { id: `agent-${AGENTS.indexOf(values.a) + 1}`, name: values.a, role: 'agent' };
  const conversation = channel === 'chat' ? `chat-${(conversations += 1)}` : undefined;
  let at = offsetMs;
  let previous;
  for (const turn of line.turns) {
    const byAgent = turn.startsWith('A: ');
    const text = fill(byAgent ? turn.slice(3) : turn, values);
    const message = {
      offsetMs: at,
      channel,
      author: byAgent ? agent : author,
      text: byAgent ? text : asTyped(text, phase),
    };
    if (conversation !== undefined) message.conversation = conversation;
    if (previous !== undefined) message.replyTo = previous;
    const type = line.nps === undefined ? 'csat' : 'nps';
    if (channel === 'surveys')
      Object.assign(message, {
        kind: 'survey',
        survey: { type, score: Number(line[type]), scale: type === 'nps' ? 10 : 5 },
      });
    previous = say({ ...message, tags: ['skylineair'] });
    at += between(12_000, 50_000);
  }
}

function pickChannel(phase, elapsedMs) {
  const open = Object.entries(SHARES[phase]).filter(
    ([channel]) => phase !== 'surge' || elapsedMs >= SURGE_DELAY_MS[channel],
  );
  let rest = random() * open.reduce((sum, [, share]) => sum + share, 0);
  return open.find(([, share]) => (rest -= share) < 0)?.[0] ?? 'social';
}

function sayPhase(texts, { name, perMinute }, startMs) {
  const lengthMs = perMinute.length * MINUTE_MS;
  for (const [minute, starts] of perMinute.entries()) {
    const times = Array.from({ length: starts }, () => minute * MINUTE_MS + between(0, MINUTE_MS - 1)).sort(
      (a, b) => a - b,
    );
    for (const elapsedMs of times) {
      const channel = pickChannel(name, elapsedMs);
      const line = takeLine(texts.get(`${name} ${channel}`), elapsedMs / lengthMs);
      if (!line) continue;
      if (channel === 'social') saySocial(line, name, startMs + elapsedMs);
      else sayOwned(line, name, channel, startMs + elapsedMs);
    }
  }
}

/** Other skylines, which the listening query has to drop, all the time. */
function sayNoise(texts) {
  const noise = texts.get('noise social');
  for (const [index, line] of noise.entries()) {
    saySocial(line, 'quiet', Math.floor(((index + random()) / noise.length) * END_MS));
  }
}

/** Ids in the order of time; references between messages become ids. Where a field is undefined, JSON leaves it out. */
function number(messages) {
  const ordered = messages.toSorted((a, b) => a.offsetMs - b.offsetMs);
  const counts = new Map();
  const ids = new Map();
  for (const message of ordered) {
    const count = (counts.get(message.channel) ?? 0) + 1;
    counts.set(message.channel, count);
    ids.set(message, `${message.channel}-${String(count).padStart(4, '0')}`);
  }
  return ordered.map((message) => {
    const { offsetMs, channel, author, text, replyTo, repostOf, ...rest } = message;
    const id = ids.get(message);
    const url = channel === 'social' ? `https://social.example/${author.handle}/${id}` : undefined;
    const references = { replyTo: ids.get(replyTo), repostOf: ids.get(repostOf) };
    return { id, offsetMs, channel, source: 'demo', author, text, url, ...references, ...rest };
  });
}

/** The line before which everything that happens from `timeMs` on stands. */
const placeOf = (messages, timeMs) => messages.findIndex(({ offsetMs }) => offsetMs >= timeMs);

/** What real sources also send: second copies, an edit, a delete, a line cut off, a message without an id. */
function withFaults(messages) {
  const lines = [...messages];
  const insert = (timeMs, make) => lines.splice(placeOf(lines, timeMs), 0, make(timeMs));
  const ownPosts = messages.filter(
    ({ channel, repostOf, lang }) => channel === 'social' && !repostOf && lang === 'en',
  );
  const postAfter = (timeMs) => ownPosts[placeOf(ownPosts, timeMs)];
  for (const minute of [3, 12, 15, 21]) {
    const copied = postAfter(minute * MINUTE_MS);
    lines.splice(lines.indexOf(copied), 0, copied);
  }
  const edited = postAfter(13.2 * MINUTE_MS);
  insert(16 * MINUTE_MS, (offsetMs) => ({
    ...edited,
    kind: 'edit',
    version: '2',
    offsetMs,
    text: `${edited.text} (edit: they cut the line. Terrible.)`,
  }));
  const { id, channel, source, author } = postAfter(14.4 * MINUTE_MS);
  insert(19.5 * MINUTE_MS, (offsetMs) => ({ id, kind: 'delete', offsetMs, channel, source, author }));
  insert(14 * MINUTE_MS, (offsetMs) => ({
    offsetMs,
    channel: 'chat',
    source: 'demo',
    text: 'a chat line that came without its id',
    tags: ['skylineair'],
  }));
  const json = lines.map((line) => JSON.stringify(line));
  json.splice(
    placeOf(lines, 5.5 * MINUTE_MS),
    0,
    `{"id":"social-cut","offsetMs":${5.5 * MINUTE_MS},"channel":"social","source":"demo","text":"cut off in the mid`,
  );
  return json;
}

function makeSample() {
  const texts = readTexts();
  let startMs = 0;
  for (const phase of PHASES) {
    sayPhase(texts, phase, startMs);
    startMs += phase.perMinute.length * MINUTE_MS;
  }
  sayNoise(texts);
  return `${withFaults(number(said)).join('\n')}\n`;
}

const sample = makeSample();
if (process.argv[2] !== '--check') writeFileSync(SAMPLE, sample);
else if (readFileSync(SAMPLE, 'utf8') !== sample) {
  console.error(
    'pipelines/demo/sample.ndjson is not what scripts/make-demo.mjs writes; run node scripts/make-demo.mjs',
  );
  process.exitCode = 1;
}
