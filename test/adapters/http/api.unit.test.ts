/** Goal: what every route of the API answers, and what it says of a request that it cannot take. */
import { afterEach, describe, expect, test } from 'vitest';
import type { HttpServer } from '../../../src/adapters/http/server.ts';
import type { Alert } from '../../../src/core/alert/alert.ts';
import type { AlertCommand } from '../../../src/core/notify/command.ts';
import { decisionMessage } from '../../../src/core/notify/decision-codec.ts';
import type { Decision } from '../../../src/core/notify/policy.ts';
import { parseCommand, reportMessage } from '../../../src/core/notify/command-codec.ts';
import { anAlert } from '../../support/alert.ts';
import { memoryBus, stored, withPublish } from '../../support/bus.ts';
import {
  ask,
  JSON_TYPE,
  NOW_MS,
  publishAlert,
  refusalOf,
  sendJson,
  SKYLINE,
  startServer,
  watchSkyline,
} from './support.ts';

const servers: HttpServer[] = [];
afterEach(async () => {
  for (const server of servers.splice(0)) await server.close();
});

async function start(...[options, sources]: Parameters<typeof startServer>) {
  const started = await startServer(options, sources);
  servers.push(started.server);
  return started;
}

const CHAT = anAlert({});
const FORUM = anAlert({
  id: 'skyline/negative-surge/channel=forum/2026-03-01T09:00:00.000Z',
  group: { channel: 'forum' },
  severity: 'ticket',
});
const pathOf = ({ id }: Pick<Alert, 'id'>) => `/api/v1/alerts/${encodeURIComponent(id)}`;
const NOW = new Date(NOW_MS).toISOString();

async function startWatching() {
  const watching = watchSkyline([CHAT, FORUM]);
  const started = await start({}, { watching: () => watching });
  /** As the watcher will: what the stream holds reaches the policy. */
  const applyAll = async () => {
    for (const { data, subject } of await stored(started.bus, 'audit')) {
      const parsed = parseCommand(new TextDecoder().decode(data), subject);
      if (!parsed.ok) throw new Error(parsed.problems.join());
      watching.apply(parsed.command);
    }
  };
  return { ...started, applyAll };
}

const PLAIN = {
  suppressed: false,
  reasons: [],
  silencedBy: [],
  inhibitedBy: [],
  decision: 'first_notification',
};

describe('alerts', () => {
  test('list: with what holds them back', async () => {
    const { port } = await startWatching();
    const { json } = await ask(port, '/api/v1/alerts');
    expect(json).toEqual({
      alerts: [
        { ...CHAT, status: PLAIN },
        { ...FORUM, status: PLAIN },
      ],
    });
  });

  test.each<[query: string, ids: string[]]>([
    ['pipeline=skyline&rule=negative-surge&state=firing&severity=page', [CHAT.id]],
    ['severity=ticket', [FORUM.id]],
    ['state=pending', []],
    ['suppressed=false', [CHAT.id, FORUM.id]],
    ['suppressed=true', []],
  ])('?%s', async (query, ids) => {
    const { port } = await startWatching();
    const { alerts } = (await ask(port, `/api/v1/alerts?${query}`)).json as { alerts: Alert[] };
    expect(alerts.map(({ id }) => id)).toEqual(ids);
  });

  test.each([
    ['state=fring', "state 'fring' is unknown; allowed: inactive, pending, firing, resolved"],
    ['severity=', "severity '' is unknown; allowed: page, ticket, notify"],
    ['pipeline=skylin', "pipeline 'skylin' is unknown; allowed: skyline"],
    ['rule=x', "rule 'x' is unknown; allowed: negative-surge"],
    ['suppressed=1', "suppressed '1' is unknown; allowed: true, false"],
    ['rules=x', "unknown parameter 'rules'; allowed: pipeline, rule, state, severity, suppressed"],
    ['__proto__=x', "unknown parameter '__proto__'; allowed: pipeline, rule, state, severity, suppressed"],
    ['state=firing&state=pending', "parameter 'state' is given twice"],
  ])('?%s is refused', async (query, message) => {
    const { port } = await startWatching();
    expect(refusalOf(await ask(port, `/api/v1/alerts?${query}`))).toEqual([400, 'BAD_QUERY', message]);
  });

  test('what another process watches is named, and its alerts found in the stream, without a status', async () => {
    const { port, bus } = await start();
    await publishAlert(bus, { ...CHAT, state: 'pending' });
    await publishAlert(bus, CHAT);
    expect((await ask(port, '/api/v1/alerts')).json).toEqual({ alerts: [], watchedElsewhere: ['skyline'] });
    expect((await ask(port, pathOf(CHAT))).json).toEqual({ ...CHAT, status: null });
    expect((await sendJson(port, 'POST', `${pathOf(CHAT)}/acknowledge`, {})).status).toBe(202);
  });

  test.each(['nothing', 'skyline/negative-surge/channel=x/2026', '*/>/x', 'a'.repeat(600), '../../etc'])(
    'there is no %s',
    async (id) => {
      const { port } = await startWatching();
      expect(refusalOf(await ask(port, pathOf({ id }))).slice(0, 2)).toEqual([404, 'NO_SUCH_ALERT']);
    },
  );

  test('acknowledged and taken back: in the audit with who, when and why, and in its status', async () => {
    const { port, bus, applyAll } = await startWatching();
    const path = `${pathOf(CHAT)}/acknowledge`;
    const { status, json } = await sendJson(port, 'POST', path, { id: 'ack-1', comment: 'I see to it' });
    const about = { by: 'local', pipeline: 'skyline', alert: CHAT.id, comment: 'I see to it' };
    expect([status, json]).toEqual([
      202,
      {
        ...{ id: 'ack-1', at: NOW, action: 'acknowledge', ...about, duplicate: false },
        outcomeAt: '/api/v1/commands/ack-1',
      },
    ]);
    const [command] = await stored(bus, 'audit');
    expect(command?.subject).toBe('earshot.command.skyline.acknowledge');
    expect(JSON.parse(new TextDecoder().decode(command?.data))).toEqual({
      ...{ id: 'ack-1', action: 'acknowledge', atMs: NOW_MS, ...about },
    });

    await applyAll();
    const acknowledgedBy = { by: 'local', at: NOW, comment: 'I see to it' };
    expect((await ask(port, pathOf(CHAT))).json).toMatchObject({
      ...{ id: CHAT.id, evidence: CHAT.evidence },
      status: { suppressed: true, reasons: ['acknowledged'], acknowledgedBy },
    });
    expect((await sendJson(port, 'DELETE', path, {})).status).toBe(202);
    expect((await ask(port, path, { method: 'DELETE', headers: JSON_TYPE })).status).toBe(202); // A body is not needed.
    await applyAll();
    expect((await ask(port, pathOf(CHAT))).json).toMatchObject({ status: { suppressed: false } });
  });

  test('the same id again is the same command', async () => {
    const { port, bus } = await startWatching();
    const path = `${pathOf(CHAT)}/acknowledge`;
    const twice = [
      await sendJson(port, 'POST', path, { id: 'x' }),
      await sendJson(port, 'POST', path, { id: 'x' }),
    ];
    expect(twice.map(({ json }) => (json as { duplicate: boolean }).duplicate)).toEqual([false, true]);
    expect(await stored(bus, 'audit')).toHaveLength(1);
  });

  test('what does not fire cannot be acknowledged', async () => {
    const { port, bus } = await start();
    await publishAlert(bus, CHAT);
    await publishAlert(bus, { ...CHAT, state: 'resolved' });
    expect(refusalOf(await sendJson(port, 'POST', `${pathOf(CHAT)}/acknowledge`, {}))).toEqual([
      ...[409, 'NOT_FIRING'],
      `alert '${CHAT.id}' is resolved, not firing`,
    ]);
    expect(await stored(bus, 'audit')).toEqual([]);
  });
});

describe('silences', () => {
  const SILENCE = {
    id: 's-1',
    matchers: ['channel=chat', 'rule=~"negative.*"'],
    for: '2h',
    comment: 'an outage',
  };
  const MATCHERS = [
    { label: 'channel', op: '=', value: 'chat' },
    { label: 'rule', op: '=~', value: 'negative.*' },
  ];

  test('one group is silenced, the other goes through; ended, it is seen for a day', async () => {
    const { port, applyAll } = await startWatching();
    const made = await sendJson(port, 'POST', '/api/v1/silences', SILENCE);
    const about = { id: 's-1', by: 'local', pipeline: 'skyline', matchers: MATCHERS, comment: 'an outage' };
    const times = { startsAt: NOW, endsAt: '2026-03-01T12:05:00.000Z' };
    expect([made.status, made.json]).toEqual([
      202,
      {
        ...{ ...about, ...times, at: NOW, action: 'silence', duplicate: false },
        outcomeAt: '/api/v1/commands/s-1',
      },
    ]);
    await applyAll();
    expect((await ask(port, '/api/v1/silences')).json).toEqual({
      silences: [{ ...about, ...times, state: 'active' }],
    });
    expect((await ask(port, pathOf(CHAT))).json).toMatchObject({
      status: { suppressed: true, reasons: ['silenced'], silencedBy: ['s-1'] },
    });
    expect((await ask(port, pathOf(FORUM))).json).toMatchObject({ status: { suppressed: false } });

    expect((await sendJson(port, 'DELETE', '/api/v1/silences/s-1', { comment: 'over' })).status).toBe(202);
    await applyAll();
    expect((await ask(port, '/api/v1/silences?state=expired')).json).toMatchObject({
      silences: [{ id: 's-1', endedBy: 'local', endsAt: NOW }],
    });
    expect(refusalOf(await sendJson(port, 'DELETE', '/api/v1/silences/s-1', {}))).toEqual([
      ...[409, 'ALREADY_ENDED', "silence 's-1' has ended already"],
    ]);
  });

  test('matchers as objects, a beginning and an end', async () => {
    const { port } = await startWatching();
    const body = {
      matchers: MATCHERS,
      comment: 'x',
      startsAt: '2026-03-02',
      endsAt: '2026-03-02T10:00:00+02:00',
    };
    expect((await sendJson(port, 'POST', '/api/v1/silences', body)).json).toMatchObject({
      ...{ matchers: MATCHERS, startsAt: '2026-03-02T00:00:00.000Z', endsAt: '2026-03-02T08:00:00.000Z' },
    });
  });

  test('one that only the audit knows can be ended by any process', async () => {
    const { port, bus } = await start();
    await sendJson(port, 'POST', '/api/v1/silences', SILENCE);
    expect((await sendJson(port, 'DELETE', '/api/v1/silences/s-1', {})).status).toBe(202);
    expect((await stored(bus, 'audit')).map(({ subject }) => subject)).toEqual([
      'earshot.command.skyline.silence',
      'earshot.command.skyline.unsilence',
    ]);
    expect(refusalOf(await sendJson(port, 'DELETE', '/api/v1/silences/s-2', {}))[1]).toBe('NO_SUCH_SILENCE');
    expect(refusalOf(await sendJson(port, 'DELETE', '/api/v1/silences/%2A', {}))[1]).toBe('NO_SUCH_SILENCE');
  });

  const without = (key: keyof typeof SILENCE) =>
    Object.fromEntries(Object.entries(SILENCE).filter(([name]) => name !== key));

  test.each<[what: string, body: unknown, message: RegExp]>([
    ['no matchers', without('matchers'), /^matchers: is required$/],
    ['matchers of nothing', { ...SILENCE, matchers: [] }, /^matchers: needs at least one/],
    ['no comment', without('comment'), /^comment: is required$/],
    ['an empty comment', { ...SILENCE, comment: '' }, /^comment: .*>=1.*\(got ""\)/],
    ['no end', without('for'), /^body: needs one of for \(such as 2h\) and endsAt$/],
    ['two ends', { ...SILENCE, endsAt: '2027-01-01' }, /needs one of for/],
    ['no duration', { ...SILENCE, for: 'long' }, /^for: not a duration; write 500ms.*\(got "long"\)$/],
    ['a number', { ...SILENCE, for: 7_200 }, /^for: not a duration.*\(got 7200\)$/],
    ['too long', { ...SILENCE, for: '400d' }, /^for: must be between 1s and 366d \(got "400d"\)$/],
    [
      'an end that was',
      { ...without('for'), endsAt: '2026-02-01' },
      /^endsAt: 2026-02-01T00:00:00.000Z must be after/,
    ],
    ['an end far off', { ...without('for'), endsAt: '2028-01-01' }, /^endsAt: .* is more than 366 days/],
    [
      'no time',
      { ...without('for'), endsAt: 'tomorrow' },
      /^endsAt: not a time; write .*\(got "tomorrow"\)$/,
    ],
    [
      'an unknown label',
      { ...SILENCE, matchers: ['chanel=x'] },
      /^matchers\[0\]: .*no label 'chanel'; there are rule/,
    ],
    ['a wrong pattern', { ...SILENCE, matchers: ['channel=chat', 'rule=~"("'] }, /^matchers\[1\]: matcher/],
    [
      'a matcher that is none',
      { ...SILENCE, matchers: [7] },
      /^matchers\[0\]: must be text such as channel=web/,
    ],
    [
      'a matcher with more',
      { ...SILENCE, matchers: [{ ...MATCHERS[0], isRegex: true }] },
      /^matchers\[0\]: /,
    ],
    ['21 matchers', { ...SILENCE, matchers: Array.from({ length: 21 }, () => 'rule=x') }, /^matchers: .*20/],
    ['a long matcher', { ...SILENCE, matchers: [`rule=${'x'.repeat(500)}`] }, /^matchers\[0\]: /],
    ['another pipeline', { ...SILENCE, pipeline: 'acme' }, /^pipeline: 'acme' is unknown; allowed: skyline$/],
    ['an id with a space', { ...SILENCE, id: 'a b' }, /^id: must be 1 to 128 of A-Z.*\(got "a b"\)$/],
    ['somebody else', { ...SILENCE, by: 'root' }, /^body: unknown key 'by'; allowed: id, pipeline, matchers/],
    ['a list', [SILENCE], /^body: /],
    ['text', 'silence everything', /^body: /],
  ])('%s is refused', async (_what, body, message) => {
    const { port, bus } = await startWatching();
    const [status, code, said] = refusalOf(await sendJson(port, 'POST', '/api/v1/silences', body));
    expect([status, code]).toEqual([400, 'BAD_BODY']);
    expect(said).toMatch(message);
    expect(await stored(bus, 'audit')).toEqual([]);
  });

  test('where several pipelines run, it says whose', async () => {
    const other = { config: { ...SKYLINE.config, name: 'acme' } };
    const { port } = await start({}, { pipelines: () => [SKYLINE, other] });
    const [, , message] = refusalOf(await sendJson(port, 'POST', '/api/v1/silences', SILENCE));
    expect(message).toBe('pipeline: is required; allowed: skyline, acme');
  });
});

describe('hostile bodies', () => {
  const PATH = '/api/v1/silences';
  const post = (port: number, body: string | Buffer, path = PATH) =>
    ask(port, path, { method: 'POST', headers: JSON_TYPE, body });

  test.each<[what: string, body: string | Buffer, status: number, code: string]>([
    ['not JSON', '{', 400, 'BAD_BODY'],
    ['empty', '', 400, 'BAD_BODY'],
    ['null', 'null', 400, 'BAD_BODY'],
    ['__proto__', '{"__proto__":{"for":"2h"}}', 400, 'BAD_BODY'],
    ['constructor', '{"constructor":{"prototype":{"for":"2h"}}}', 400, 'BAD_BODY'],
    ['nested deeply', `${'['.repeat(8_000)}${']'.repeat(8_000)}`, 400, 'BAD_BODY'],
    [
      'many keys',
      JSON.stringify(Object.fromEntries(Array.from({ length: 1_000 }, (_, i) => [`k${i}`, 1]))),
      400,
      'BAD_BODY',
    ],
    ['bytes that are no text', Buffer.from([0xff, 0xfe, 0x00]), 400, 'BAD_BODY'],
    ['too large', JSON.stringify({ comment: 'x'.repeat(20_000) }), 413, 'TOO_LARGE'],
  ])('%s', async (_what, body, status, code) => {
    const { port, bus } = await startWatching();
    const answer = await post(port, body);
    expect(refusalOf(answer).slice(0, 2)).toEqual([status, code]);
    expect(answer.text.length).toBeLessThan(2_000);
    expect(await stored(bus, 'audit')).toEqual([]);
  });

  test('a body larger than what is allowed for texts', async () => {
    const { port } = await startWatching();
    for (const path of ['/api/v1/explain', '/api/v1/marks'])
      expect(refusalOf(await post(port, JSON.stringify({ text: 'x'.repeat(200_000) }), path))).toEqual([
        ...[413, 'TOO_LARGE', 'the body is larger than 131072 bytes, which is allowed here'],
      ]);
  });
});

describe('records', () => {
  const transition = (minute: number, state: Alert['state'], more: Partial<Alert> = {}): Alert => {
    const at = `2026-03-01T10:${String(minute).padStart(2, '0')}:00.000Z`;
    const id = `skyline/negative-surge/channel=chat/${minute - (minute % 2)}`;
    return anAlert({ id, state, at, ...more });
  };
  const HISTORY = Array.from({ length: 40 }, (_, at) => transition(at, at % 2 === 0 ? 'firing' : 'resolved'));

  async function startWithHistory() {
    const started = await start();
    for (const alert of HISTORY) await publishAlert(started.bus, alert);
    for (const data of ['garbage', '{}', 'null', JSON.stringify(anAlert({ rule: 'other' }))])
      await started.bus.publish({ subject: 'earshot.alert.skyline.negative-surge.firing', data });
    return started;
  }
  interface Transitions {
    readonly transitions: readonly (Alert & { readonly sequence: number })[];
    readonly next: number | null;
  }
  const transitions = async (port: number, query = '') =>
    (await ask(port, `/api/v1/history${query}`)).json as Transitions;

  test('history: newest first, without the evidence, and what is no alert passed over', async () => {
    const { port } = await startWithHistory();
    const { transitions: found, next } = await transitions(port);
    const { evidence: _evidence, ...newest } = HISTORY.at(-1) ?? anAlert({});
    expect(found[0]).toEqual({ sequence: 40, storedAt: expect.any(String) as string, ...newest });
    expect(found.map(({ at }) => at)).toEqual(HISTORY.map(({ at }) => at).reverse());
    expect(next).toBeNull();
  });

  test.each<[query: string, minutes: number[]]>([
    ['?limit=3', [39, 38, 37]],
    ['?from=2026-03-01T10:37:00Z', [39, 38, 37]],
    ['?from=2026-03-01T10:10:00Z&to=2026-03-01T10:11:00Z&pipeline=skyline&rule=negative-surge', [11, 10]],
    ['?to=2026-02-28', []],
  ])('history%s', async (query, minutes) => {
    const { port } = await startWithHistory();
    const { transitions: found } = await transitions(port, query);
    expect(found.map(({ at }) => Number(at.slice(14, 16)))).toEqual(minutes);
  });

  const FORUM_DECISIONS: readonly Decision[] = (
    [
      ['silenced', 1, ['outage-7']],
      ['first_notification', 2, undefined],
      ['acknowledged', 3, ['mia']],
    ] as const
  ).map(([reason, minute, by]) => ({
    ...{ kind: 'decision', alert: FORUM.id, rule: FORUM.rule, reason, ...(by && { by }) },
    atMs: NOW_MS + minute * 60_000,
  }));

  test('why people were told, or were not: newest first, of one alert or of all', async () => {
    const { bus, port } = await start();
    const other = { ...FORUM_DECISIONS[0], kind: 'decision', alert: CHAT.id } as Decision;
    for (const decision of [...FORUM_DECISIONS, other])
      await bus.publish(decisionMessage('skyline', decision));
    const subject = 'earshot.decision.skyline.negative-surge';
    const strange = { alert: FORUM.id, pipeline: 'skyline', rule: 'other', reason: 'stale', at: NOW };
    for (const data of ['garbage', '{}', 'null', JSON.stringify(strange)])
      await bus.publish({ subject, data });
    const decisions = async (query: string) => {
      const { json } = await ask(port, `/api/v1/decisions?${query}`);
      return (json as { decisions: readonly { reason: string; told: boolean; alert: string; at: string }[] })
        .decisions;
    };
    const ofForum = await decisions(`alert=${encodeURIComponent(FORUM.id)}`);
    expect(ofForum.map(({ reason, told }) => [reason, told])).toEqual([
      ['acknowledged', false],
      ['first_notification', true],
      ['silenced', false],
    ]);
    expect(ofForum.at(-1)).toEqual({
      ...{ sequence: 1, storedAt: expect.any(String) as string, told: false, alert: FORUM.id },
      ...{ pipeline: 'skyline', rule: 'negative-surge', reason: 'silenced', by: ['outage-7'] },
      at: new Date(NOW_MS + 60_000).toISOString(),
    });
    expect((await decisions('')).map(({ alert }) => alert)).toEqual([
      CHAT.id,
      ...ofForum.map(() => FORUM.id),
    ]);
    expect(await decisions('from=2026-03-01T10:08:00Z')).toEqual(ofForum.slice(0, 1));
    expect(await decisions('alert=of/nobody')).toEqual([]);
    expect(await decisions('alert=%3E')).toEqual([]);
  });

  test('the history of one alert', async () => {
    const { port } = await startWithHistory();
    const { id } = HISTORY[6] ?? CHAT;
    const { transitions: found } = await transitions(port, `?alert=${encodeURIComponent(id)}`);
    expect(found.map(({ state }) => state)).toEqual(['resolved', 'firing']);
  });

  test('history in pages has each transition once', async () => {
    const { port } = await startWithHistory();
    const seen: string[] = [];
    let before = '';
    for (let pages = 0; pages < 20; pages += 1) {
      const { transitions: found, next } = await transitions(port, `?limit=7${before}`);
      seen.push(...found.map(({ at }) => at));
      if (next === null) break;
      before = `&before=${next}`;
    }
    expect(seen).toEqual(HISTORY.map(({ at }) => at).reverse());
  });

  test.each([
    ['limit=0', "limit '0' is not a whole number from 1 to 500"],
    ['limit=501', "limit '501' is not a whole number from 1 to 500"],
    ['from=yesterday', "from 'yesterday' is not a time; write 2026-03-01T10:00:00Z, or a date"],
    ['from=2026-03-02&to=2026-03-01', 'from 2026-03-02T00:00:00.000Z is after to 2026-03-01T00:00:00.000Z'],
    ['rule=%3E', "rule '>' is unknown; allowed: negative-surge"],
    ['alert=', "alert '' is no id of an alert; it has 1 to 512 characters"],
    ['q=1', "unknown parameter 'q'; allowed: pipeline, rule, alert, from, to, limit, before"],
  ])('history?%s is refused', async (query, message) => {
    const { port } = await startWithHistory();
    expect(refusalOf(await ask(port, `/api/v1/history?${query}`))).toEqual([400, 'BAD_QUERY', message]);
  });

  test('audit: who did what, newest first; what is no command passed over', async () => {
    const { port, bus } = await startWatching();
    await sendJson(port, 'POST', `${pathOf(CHAT)}/acknowledge`, { id: 'one' });
    const subject = 'earshot.command.skyline.acknowledge';
    for (const data of ['garbage', '{}', JSON.stringify({ id: 'x', action: 'reboot' })])
      await bus.publish({ subject, data });
    const body = { id: 'two', matchers: ['channel=chat'], for: '1h', comment: 'x' };
    await sendJson(port, 'POST', '/api/v1/silences', body);
    const { json } = await ask(port, '/api/v1/audit');
    expect(json).toMatchObject({
      commands: [
        {
          sequence: 5,
          id: 'two',
          by: 'local',
          action: 'silence',
          at: NOW,
          endsAt: '2026-03-01T11:05:00.000Z',
        },
        { sequence: 1, id: 'one', by: 'local', action: 'acknowledge', at: NOW, alert: CHAT.id },
      ],
      next: null,
    });
    const only = await ask(port, '/api/v1/audit?action=acknowledge&pipeline=skyline');
    expect((only.json as { commands: AlertCommand[] }).commands.map(({ id }) => id)).toEqual(['one']);
  });

  test('what became of a command stands beside it, and can be asked for', async () => {
    const { port, bus } = await startWatching();
    for (const id of ['one', 'two', 'three'])
      await sendJson(port, 'POST', `${pathOf(CHAT)}/acknowledge`, { id });
    await bus.publish(reportMessage('skyline', { id: 'one', outcome: 'applied' }));
    const refused = { outcome: 'refused', reason: 'already_resolved', detail: 'it has resolved' } as const;
    await bus.publish(reportMessage('skyline', { id: 'two', ...refused }));
    await bus.publish({ subject: 'earshot.outcome.skyline', data: 'garbage' });
    const { json } = await ask(port, '/api/v1/audit');
    expect(json).toMatchObject({
      commands: [
        { id: 'three', outcome: null },
        { id: 'two', by: 'local', ...refused },
        { id: 'one', outcome: 'applied' },
      ],
    });
    expect((await ask(port, '/api/v1/commands/two')).json).toMatchObject({ id: 'two', ...refused });
    expect((await ask(port, '/api/v1/commands/three')).json).toMatchObject({ id: 'three', outcome: null });
    expect(refusalOf(await ask(port, '/api/v1/commands/four'))).toEqual([
      ...[404, 'NO_SUCH_COMMAND', "no command 'four'; /api/v1/audit lists what there is"],
    ]);
    expect(refusalOf(await ask(port, '/api/v1/commands/a%20b'))[1]).toBe('NO_SUCH_COMMAND');
  });

  test('an empty stream has no history', async () => {
    const { port } = await start();
    expect(await transitions(port)).toEqual({ transitions: [], next: null });
  });
});

describe('texts', () => {
  test('explain: the sentiment, and the words that make it', async () => {
    const { port } = await start();
    const { status, json } = await sendJson(port, 'POST', '/api/v1/explain', { text: 'an <b>awful</b> day' });
    expect([status, json]).toEqual([
      200,
      {
        ...{ pipeline: 'skyline', text: 'an awful day', language: 'en' },
        sentiment: expect.objectContaining({
          ...{ engine: 'natural', label: 'negative' },
          because: expect.arrayContaining([expect.objectContaining({ text: 'awful' })]) as unknown,
        }) as unknown,
      },
    ]);
    const { score, because } = (json as { sentiment: { score: number; because: { weight: number }[] } })
      .sentiment;
    expect(because.reduce((sum, { weight }) => sum + weight, 0)).toBeCloseTo(score, 3);
  });

  test.each<[body: unknown, message: RegExp]>([
    [{}, /^text: is required$/],
    [{ text: 7 }, /^text: .*\(got 7\)/],
    [{ text: 'x'.repeat(40_000) }, /^text: .*32768/],
    [{ text: 'x', lang: '<>' }, /^lang: must be a language code/],
    [{ text: 'x', pipeline: 'y' }, /^pipeline: 'y' is unknown; allowed: skyline$/],
    [{ text: 'x', engine: 'y' }, /^body: unknown key 'engine'; allowed: text, pipeline, lang$/],
  ])('explain %j is refused', async (body, message) => {
    const { port } = await start();
    const [status, code, said] = refusalOf(await sendJson(port, 'POST', '/api/v1/explain', body));
    expect([status, code]).toEqual([400, 'BAD_BODY']);
    expect(said).toMatch(message);
  });

  test('a mark is on the stream that the scorers learn from, with who made it', async () => {
    const { port, bus } = await start();
    const body = { pipeline: 'skyline', mark: 'drop', text: 'the skyline of the city', by: 'somebody else' };
    const { status, json } = await sendJson(port, 'POST', '/api/v1/marks', body);
    expect([status, json]).toEqual([
      202,
      expect.objectContaining({ by: 'local', mark: 'drop', atMs: NOW_MS }),
    ]);
    const [mark] = await stored(bus, 'audit');
    expect(mark?.subject).toBe('earshot.mark.skyline');
    expect(JSON.parse(new TextDecoder().decode(mark?.data))).toMatchObject({ by: 'local', text: body.text });
  });

  test.each<[body: unknown, message: RegExp]>([
    [{}, /^pipeline: .*allowed: pipeline, mark/],
    [{ pipeline: 'skyline', mark: 'maybe', text: 'x' }, /^mark: /],
    [{ pipeline: 'acme', mark: 'drop', text: 'x' }, /^pipeline: 'acme' is unknown; allowed: skyline$/],
    [{ pipeline: 'skyline', mark: 'drop' }, /needs text, or message/],
  ])('mark %j is refused', async (body, message) => {
    const { port, bus } = await start();
    const [status, code, said] = refusalOf(await sendJson(port, 'POST', '/api/v1/marks', body));
    expect([status, code]).toEqual([400, 'BAD_BODY']);
    expect(said).toMatch(message);
    expect(await stored(bus, 'audit')).toEqual([]);
  });

  test('trends: where nothing watches there are none to show', async () => {
    const { port } = await start();
    expect(refusalOf(await ask(port, '/api/v1/trends'))[1]).toBe('NOT_WATCHED');
    const watching = watchSkyline([]);
    const second = await start({}, { watching: () => watching });
    expect((await ask(second.port, '/api/v1/trends?pipeline=skyline')).json).toEqual({ trends: [] });
  });
});

describe('the broker', () => {
  test('does not take it: 503, and that it may be sent again', async () => {
    const real = await memoryBus();
    const { BusError } = await import('../../../src/core/bus/bus.port.ts');
    const bus = withPublish(real, () =>
      Promise.reject(new BusError('BUS_CLOSED', 'the bus is closed', { canRetry: false })),
    );
    const { port } = await start({}, { bus });
    const body = { matchers: ['channel=chat'], for: '1h', comment: 'x' };
    expect(refusalOf(await sendJson(port, 'POST', '/api/v1/silences', body))).toEqual([
      ...[503, 'BUS_CLOSED', 'the bus is closed'],
    ]);
  });
});
