/** Goal: docs/api.md names every route with its role and every code, and its examples run. */
import { execFile } from 'node:child_process';
import { readFileSync, readdirSync } from 'node:fs';
import { promisify } from 'node:util';
import { parse } from 'yaml';
import { expect, test } from 'vitest';
import { settingsConfig } from '../../../src/app/config/settings.config.ts';
import { anAlert } from '../../support/alert.ts';
import { stored } from '../../support/bus.ts';
import { ask, bearer, publishAlert, startServer, watchSkyline } from './support.ts';

const DOC = readFileSync(new URL('../../../docs/api.md', import.meta.url), 'utf8');
const SOURCES = new URL('../../../src/adapters/http/', import.meta.url);
const TOKEN = 'a-token-of-the-moderator';
const tokens = [{ name: 'mia', role: 'moderator', token: TOKEN }] as const;

const blocks = (language: string) =>
  [...DOC.matchAll(/```(\w+)\n([\s\S]*?)\n```/g)].flatMap(([, name, text]) =>
    name === language ? [text ?? ''] : [],
  );

test('every route, with its role', async () => {
  const { server, port } = await startServer({ tokens });
  const { text } = await ask(port, '/', { headers: bearer(TOKEN) });
  await server.close();
  const listed = text
    .trimEnd()
    .split('\n')
    .slice(2)
    .map((line) => line.split(/ +/).slice(0, 3));
  const rows = [...DOC.matchAll(/^\| `(\w+) (\S+)` \| (\w+) \|/gm)].map(([, ...row]) => row);
  expect(rows).toEqual(listed);
});

test('every code', () => {
  const source = readdirSync(SOURCES)
    .map((file) => readFileSync(new URL(file, SOURCES), 'utf8'))
    .join('\n');
  const codes = source.matchAll(/(?:, |'|\(|\[)'?\b([A-Z]+_[A-Z_]+[A-Z])'/g);
  const known = new Set([...codes].map(([, code]) => code ?? ''));
  const ofStart = ['HTTP_TOKEN_REQUIRED', 'HTTP_ADDRESS_IN_USE', 'HTTP_LISTEN', 'UPGRADE_REQUIRED'];
  for (const code of ofStart) known.delete(code);
  expect(known.size).toBeGreaterThan(8);
  expect([...known].filter((code) => !DOC.includes(`\`${code}\``))).toEqual([]);
});

test('the settings are valid', () => {
  const [settings = ''] = blocks('yaml');
  const { http } = settingsConfig.parse(parse(settings.replace('${MIAS_TOKEN}', TOKEN)));
  expect(http.tokens.map(({ name, role }) => [name, role])).toEqual([
    ['mia', 'moderator'],
    ['wall-board', 'viewer'],
  ]);
});

test('the examples run, one after the other', async () => {
  const alert = anAlert({});
  const watching = watchSkyline([alert]);
  const { server, bus } = await startServer({ tokens }, { watching: () => watching });
  await publishAlert(bus, alert);
  const script = blocks('sh').join('\n');
  const env = { PATH: process.env.PATH, EARSHOT: server.address, TOKEN };
  const { stdout, stderr } = await promisify(execFile)('bash', ['--norc', '-euc', script], { env });
  await server.close();
  expect(stderr).toBe('');
  expect(stdout).toContain(`"id":"${alert.id}"`);
  const subjects = (await stored(bus, 'audit')).map(({ subject }) => subject);
  expect(subjects).toEqual([
    ...['acknowledge', 'unacknowledge', 'acknowledge', 'silence', 'unsilence'].map(
      (name) => `earshot.command.skyline.${name}`,
    ),
    'earshot.mark.skyline',
  ]);
});
