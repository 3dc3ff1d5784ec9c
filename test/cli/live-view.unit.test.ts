/** Goal: what a person sees: a line for a second in which something happened, alerts with their posts, and nothing that
 *  moves the cursor. */
import { PassThrough } from 'node:stream';
import { stripVTControlCharacters } from 'node:util';
import { expect, test } from 'vitest';
import type { TelemetryEvent } from '../../src/core/telemetry/telemetry.port.ts';
import { createLiveView } from '../../src/cli/live-view.ts';
import { anAlert } from '../support/alert.ts';

function view() {
  const stdout = new PassThrough();
  let raw = '';
  stdout.on('data', (chunk: Buffer) => {
    raw += chunk.toString();
  });
  const shown = () => {
    const text = stripVTControlCharacters(raw);
    raw = '';
    return text;
  };
  return {
    ...createLiveView({ stdin: new PassThrough(), stdout, stderr: new PassThrough(), env: {} }),
    shown,
  };
}

const scored = (label: 'negative' | 'positive', count: number, channel = 'chat'): TelemetryEvent => {
  const each = Array<number>(count).fill(0);
  return { type: 'scored', pipeline: 'acme', channel, label, scores: each, lagSeconds: each };
};

test('nothing happened, nothing is said', () => {
  const live = view();
  live.tick();
  live.onEvent({ type: 'watermark', pipeline: 'acme', timeMs: 0 });
  live.tick();
  expect(live.shown()).toBe('');
});

test('a second: counts, balance and channels; the next one begins at nothing', () => {
  const live = view();
  live.onEvent({ type: 'decoded', messages: 12 });
  live.onEvent(scored('negative', 6));
  live.onEvent(scored('positive', 2, 'social'));
  live.onEvent({ type: 'dropped', pipeline: 'acme', reason: 'unmatched', messages: 3 });
  live.onEvent({ type: 'dead', reason: 'invalid_json', messages: 1 });
  live.onEvent({ type: 'watermark', pipeline: 'acme', timeMs: Date.UTC(2026, 0, 1, 18, 30, 5) });
  live.tick();
  expect(live.shown().trimEnd()).toBe(
    `18:30:05    12 read     8 scored     3 dropped     1 dead  net -0.50 ${'█'.repeat(18)}${'▓'.repeat(6)}  chat 6, social 2`,
  );
  live.tick();
  expect(live.shown()).toBe('');
});

test('an alert fires with its numbers and three posts, is counted while it fires, and resolves', () => {
  const live = view();
  const post = {
    id: 'p',
    time: 0,
    label: 'negative',
    score: -0.9,
    author: 'ann',
    followers: 12_000,
    channel: 'chat',
  };
  const posts = Array.from({ length: 5 }, (_, i) => ({ ...post, text: `awful ${i}` }));
  live.onAlert(anAlert({ state: 'pending' }));
  expect(live.shown()).toBe('');
  live.onAlert(anAlert({ evidence: { over: '5m', posts, sequences: [1, 9] } }));
  const fired = live.shown();
  expect(fired).toContain(
    'FIRING (page) skyline/negative-surge, channel chat at 10:01:00: 60% of 80 posts are negative',
  );
  expect(fired).toContain(
    '80 messages by 71 authors over 5m, 60% negative, net sentiment -0.40; when volume >= 50',
  );
  expect(fired).toContain('-0.90  awful 2  @ann, 12,000 followers');
  expect(fired).not.toContain('awful 3');
  live.onEvent({ type: 'decoded', messages: 1 });
  live.tick();
  expect(live.shown()).toContain('1 firing');
  live.onAlert(anAlert({ state: 'resolved', at: '2026-03-01T10:09:00.000Z' }));
  expect(live.shown()).toContain(
    'RESOLVED skyline/negative-surge, channel chat at 10:09:00: since 10:00:00; now 80 messages',
  );
  live.onEvent({ type: 'decoded', messages: 1 });
  live.tick();
  expect(live.shown()).not.toContain('firing');
});

test('what others wrote cannot move the cursor', () => {
  const stdout = new PassThrough();
  let raw = '';
  stdout.on('data', (chunk: Buffer) => {
    raw += chunk.toString();
  });
  const live = createLiveView({ stdin: new PassThrough(), stdout, stderr: new PassThrough(), env: {} });
  const evil = 'a\u001b[2J\r\nb\u009b31m\u0007';
  const post = { id: 'p', time: 0, label: 'negative', score: -0.9, author: evil, channel: evil, text: evil };
  live.onAlert(
    anAlert({
      group: { channel: evil },
      summary: evil,
      evidence: { over: '5m', posts: [post], sequences: [1, 1] },
    }),
  );
  expect(
    stripVTControlCharacters(raw)
      .split('\n')
      .filter((line) => line !== ''),
  ).toHaveLength(3);
  expect(raw).not.toMatch(/\u001b\[2J|\r|\u009b|\u0007/); // eslint-disable-line no-control-regex
});
