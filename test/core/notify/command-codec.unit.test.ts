/** Goal: a command comes out of the stream as it went in; what else stands there is told, and never throws. */
import { expect, test } from 'vitest';
import type { AlertCommand } from '../../../src/core/notify/command.ts';
import { commandMessage, parseCommand } from '../../../src/core/notify/command-codec.ts';

const base = { pipeline: 'acme', by: 'mia', atMs: 1_772_359_500_000 };
const ACKNOWLEDGE: AlertCommand = {
  ...{ ...base, id: 'a-1', action: 'acknowledge', alert: 'acme/any/channel=chat/2026', comment: 'mine' },
};
const SILENCE: AlertCommand = {
  ...{ ...base, id: 's-1', action: 'silence', comment: 'an outage', startsMs: 1_000, endsMs: 2_000 },
  matchers: [{ label: 'channel', op: '=~', value: 'chat|forum' }],
};
const { comment: _comment, ...BARE } = ACKNOWLEDGE;

test.each<[what: string, command: AlertCommand]>([
  ['acknowledge', ACKNOWLEDGE],
  ['without a comment', BARE],
  ['unacknowledge', { ...ACKNOWLEDGE, action: 'unacknowledge' }],
  ['silence', SILENCE],
  ['unsilence', { ...base, id: 'u-1', action: 'unsilence', silence: 's-1' }],
])('%s comes out as it went in', (_what, command) => {
  const { subject, data, id } = commandMessage(command);
  expect([subject, id]).toEqual([`earshot.command.acme.${command.action}`, command.id]);
  expect(parseCommand(String(data), subject)).toEqual({ ok: true, command });
});

test.each<[what: string, value: unknown, problem: RegExp]>([
  ['no JSON', undefined, /^not JSON$/],
  ['null', null, /expected object/],
  ['an unknown action', { ...ACKNOWLEDGE, action: 'reboot' }, /^action: /],
  ['more than it says', { ...ACKNOWLEDGE, role: 'admin' }, /"role"/],
  ['nobody', { ...ACKNOWLEDGE, by: '' }, /^by: /],
  ['an id that a URL cannot hold', { ...ACKNOWLEDGE, id: 'a/b' }, /^id: must be 1 to 128/],
  ['an id too long', { ...ACKNOWLEDGE, id: 'a'.repeat(129) }, /^id: /],
  ['no time', { ...ACKNOWLEDGE, atMs: -1 }, /^atMs: /],
  ['no alert', { ...ACKNOWLEDGE, alert: '' }, /^alert: /],
  ['no matchers', { ...SILENCE, matchers: [] }, /^matchers: /],
  [
    'a matcher of nothing known',
    { ...SILENCE, matchers: [{ label: 'x', op: '=', value: '' }] },
    /no label 'x'/,
  ],
  [
    'a pattern that is none',
    { ...SILENCE, matchers: [{ label: 'rule', op: '=~', value: '(' }] },
    /^matchers: /,
  ],
  ['no end', { ...SILENCE, endsMs: 1_000 }, /^endsMs: must be after startsMs$/],
  ['no end in sight', { ...SILENCE, endsMs: 1_000 + 367 * 86_400_000 }, /^endsMs: is more than 366 days/],
  ['no reason', { ...SILENCE, comment: '' }, /^comment: /],
  ['another pipeline', { ...ACKNOWLEDGE, pipeline: 'other' }, /does not belong on the subject/],
])('%s is no command', (_what, value, problem) => {
  const { action = '' } = (value ?? {}) as Partial<AlertCommand>;
  const text = value === undefined ? '{' : JSON.stringify(value);
  const parsed = parseCommand(text, `earshot.command.acme.${action}`);
  expect(parsed.ok).toBe(false);
  expect(parsed.ok ? [] : parsed.problems.join('\n')).toMatch(problem);
});
