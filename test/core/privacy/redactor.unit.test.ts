/** Goal: every well-formed datum of the hand-made sets is found, to the character, and nothing else is. */
import { expect, test } from 'vitest';
import { keyedHash } from '../../../src/adapters/crypto/keyed-hash.ts';
import { PII_KINDS, type PiiKind } from '../../../src/core/privacy/kinds.ts';
import { privacyConfig } from '../../../src/core/privacy/redact.config.ts';
import { createRedactor, type Redactor } from '../../../src/core/privacy/redactor.ts';
import { NEGATIVES, PHONE_NEGATIVES, PHONE_POSITIVES, POSITIVES } from './samples.ts';

async function redactorOf(overrides: object = {}): Promise<Redactor> {
  const redactor = await createRedactor(privacyConfig.parse({ redact: PII_KINDS, ...overrides }), keyedHash);
  if (redactor === undefined) throw new Error('nothing to redact');
  return redactor;
}
const all = await redactorOf();

const plain = (marked: string) => marked.replace(/[«»]/g, '');
const expected = (marked: string, kind: PiiKind) => marked.replace(/«[^»]*»/g, `[${kind}]`);

for (const kind of ['email', 'card', 'iban', 'ip'] as const) {
  test(`${kind}: at least forty of each`, () => {
    expect(POSITIVES[kind].length).toBeGreaterThanOrEqual(40);
    expect(NEGATIVES[kind].length).toBeGreaterThanOrEqual(40);
  });
  test.each(POSITIVES[kind].map((text) => [text]))(`${kind} in: %s`, (text) => {
    expect(all.redact(plain(text)).text).toBe(expected(text, kind));
  });
  test.each(NEGATIVES[kind].map((text) => [text]))(`no ${kind} in: %s`, (text) => {
    expect(all.redact(text).found[kind]).toBe(0);
  });
}

test.each(PHONE_POSITIVES.map(([region, text]) => [region, text]))(
  'phone in %s: %s',
  async (region, text) => {
    const redactor = await redactorOf({ region });
    expect(redactor.redact(plain(text)).text).toBe(expected(text, 'phone'));
  },
);

const REGIONS = ['US', 'GB', 'FR', 'DE', 'ES', 'IT', 'IN', 'PL', 'NO', 'SG', 'AU', 'BR'];
const everywhere = await Promise.all(REGIONS.map((region) => redactorOf({ region })));
test.each(PHONE_NEGATIVES.map((text) => [text]))('no phone in: %s', (text) => {
  const found = REGIONS.filter((_, at) => (everywhere[at]?.redact(text).found.phone ?? 0) > 0);
  expect(found).toEqual([]);
});

test('tokens: the same datum however it is written, in one conversation and under one key', async () => {
  const tag = async (text: string, conversation: string | undefined, key: string | undefined) =>
    (await redactorOf({ ...(key === undefined ? {} : { key }), region: ['US', 'GB'] })).redact(
      text,
      conversation,
    ).text;
  const [key, otherKey] = ['k'.repeat(16), 'l'.repeat(16)];
  const one = await tag('+1 212 555 0100', 'c', key);
  expect(one).toMatch(/^\[phone:[0-9a-f]{4}\]$/);
  expect(await tag('(212) 555-0100', 'c', key)).toBe(one);
  expect(await tag('2125550100', 'c', key)).toBe(one);
  expect(await tag('212-555-0101', 'c', key)).not.toBe(one);
  expect(await tag('212-555-0100', 'd', key)).not.toBe(one);
  expect(await tag('212-555-0100', 'c', otherKey)).not.toBe(one);
  expect(await tag('212-555-0100', 'c', undefined)).toBe('[phone]');
  expect(await tag('212-555-0100', undefined, key)).toBe('[phone]');
  expect(await tag('Bob@Example.com', 'c', key)).toBe(await tag('bob@example.COM', 'c', key));
  expect(await tag('4242 4242 4242 4242', 'c', key)).toBe(await tag('4242424242424242', 'c', key));
  expect(await tag('GB29 NWBK 6016 1331 9268 19', 'c', key)).toBe(
    await tag('gb29nwbk60161331926819', 'c', key),
  );
});

test('counts what it finds, by kind; kinds that are not wanted stay, and are no other kind', async () => {
  const text =
    'a@example.com 4242424242424242 GB29 NWBK 6016 1331 9268 19 203.0.113.7 +12125550100 b@example.com';
  expect(all.redact(text).found).toEqual({ email: 2, card: 1, iban: 1, ip: 1, phone: 1 });
  const phones = await redactorOf({ redact: ['phone'], region: ['US', 'DE', 'SG'] });
  expect(phones.redact(text)).toMatchObject({
    text: text.replace('+12125550100', '[phone]'),
    found: { email: 0, card: 0, iban: 0, ip: 0, phone: 1 },
  });
});

test('nothing to redact, no redactor; a region without telephone numbers is refused', async () => {
  expect(await createRedactor(privacyConfig.parse({}), keyedHash)).toBeUndefined();
  await expect(redactorOf({ region: 'XX' })).rejects.toThrow("region 'XX' is no country");
});

test.each([
  [{ key: 'short' }, 'key'],
  [{ region: 'usa' }, 'region'],
  [{ redact: ['name'] }, 'redact'],
])('configuration %j is refused', (config, path) => {
  const parsed = privacyConfig.safeParse(config);
  expect(parsed.error?.issues[0]?.path[0]).toBe(path);
});

test('of an endless text the end is left out, unless it cannot hold anything', () => {
  const words = 'word '.repeat(10_000);
  expect(all.redact(words)).toMatchObject({ text: words, unreadChars: 0 });
  const { text, unreadChars, found } = all.redact(`a@example.com ${words}b@example.com`);
  expect(text).toMatch(/^\[email\] word .* word\[unread\]$/);
  expect(text.length).toBeLessThanOrEqual(8_192);
  expect(unreadChars).toBeGreaterThan(30_000);
  expect(found.email).toBe(1);
});

test('where more looks like telephone numbers than are judged, what is not judged goes', () => {
  const { text } = all.redact('call 999-000-0000 or '.repeat(700));
  expect(text).not.toMatch(/[0-9]/);
});
