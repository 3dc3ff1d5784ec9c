/** Goal: no document points at a file, or at a heading, that is not there. */
import { existsSync, readFileSync, readdirSync } from 'node:fs';
import { dirname, join, relative, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { expect, test } from 'vitest';

const CHECKOUT = fileURLToPath(new URL('../..', import.meta.url));
const FOLDERS = ['', 'docs', 'dashboards', 'pipelines', 'models'];

const documents = FOLDERS.flatMap((folder) => {
  const path = join(CHECKOUT, folder);
  if (!existsSync(path)) return [];
  return readdirSync(path, { recursive: folder !== '', encoding: 'utf8' })
    .filter((name) => name.endsWith('.md'))
    .map((name) => join(path, name));
});

/** Without code, in which a bracket is a bracket. */
function prose(markdown: string): string {
  return markdown.replace(/^(```|~~~)[\s\S]*?^\1/gm, '').replace(/`[^`\n]*`/g, '');
}

function linksOf(markdown: string): string[] {
  const text = prose(markdown);
  const inline = [...text.matchAll(/\]\(\s*<?([^)\s>]+)>?(?:\s+"[^"]*")?\s*\)/g)];
  const references = [...text.matchAll(/^\s*\[[^\]]+\]:\s*<?(\S+?)>?(?:\s|$)/gm)];
  return [...inline, ...references].flatMap(([, target]) => target ?? []);
}

/** The anchors of a document's headings, as GitHub makes them. */
function anchorsOf(markdown: string): Set<string> {
  const seen = new Map<string, number>();
  const headings = [...markdown.replace(/^(```|~~~)[\s\S]*?^\1/gm, '').matchAll(/^#{1,6}\s+(.+?)\s*#*$/gm)];
  return new Set(
    headings.map(([, heading = '']) => {
      const plain = heading.replace(/\[([^\]]*)\]\([^)]*\)/g, '$1').toLowerCase();
      const anchor = plain.replace(/[^\p{L}\p{N}\s_-]/gu, '').replace(/\s/g, '-');
      const count = seen.get(anchor) ?? 0;
      seen.set(anchor, count + 1);
      return count === 0 ? anchor : `${anchor}-${count}`;
    }),
  );
}

function problem(file: string, markdown: string, link: string): string | undefined {
  if (/^[a-z][a-z0-9+.-]*:/i.test(link)) return undefined; // Somebody else's.
  const [path = '', anchor] = link.split('#', 2);
  const target = path === '' ? file : resolve(dirname(file), decodeURIComponent(path));
  if (relative(CHECKOUT, target).startsWith('..')) return `${link}: lies outside the checkout`;
  if (target !== file && !existsSync(target)) return `${link}: no such file`;
  if (anchor === undefined || anchor === '' || !target.endsWith('.md')) return undefined;
  const text = target === file ? markdown : readFileSync(target, 'utf8');
  return anchorsOf(text).has(anchor) ? undefined : `${link}: no such heading`;
}

test('there are documents', () => {
  expect(documents.length).toBeGreaterThan(3);
});

test.each(documents.map((file) => [relative(CHECKOUT, file), file]))('%s', (_name, file) => {
  const markdown = readFileSync(file, 'utf8');
  expect(linksOf(markdown).flatMap((link) => problem(file, markdown, link) ?? [])).toEqual([]);
});

test('negative control: links that lead nowhere are found', () => {
  const file = join(CHECKOUT, 'IMAGINARY.md');
  const markdown = [
    '# A heading, & more',
    '[fine](src/core) [here](#a-heading--more) [web](https://example.com) `[code](not-a-link)`',
    '[gone](docs/gone.md) ![picture](gone.png "title") [nowhere](#gone) [out](../x)',
    '```\n[in a fence](gone.txt)\n```',
    '[ref]: gone-too.md',
  ].join('\n');
  expect(linksOf(markdown).flatMap((link) => problem(file, markdown, link) ?? [])).toEqual([
    'docs/gone.md: no such file',
    'gone.png: no such file',
    '#gone: no such heading',
    '../x: lies outside the checkout',
    'gone-too.md: no such file',
  ]);
});
