/** Goal: what docs/relevance.md shows is what Earshot takes. */
import { readFile } from 'node:fs/promises';
import { expect, test } from 'vitest';
import { parse } from 'yaml';
import { configOf } from '../../support/pipelines.ts';
import { parseMark } from '../../../src/core/relevance/marks/mark.ts';
import { readPublished } from '../../../src/core/relevance/marks/mark-request.ts';

const doc = await readFile(new URL('../../../docs/relevance.md', import.meta.url), 'utf8');
const blocks = (language: string) =>
  [...doc.matchAll(/```(\w*)\n([\s\S]*?)```/g)].flatMap(([, kind, text = '']) =>
    kind === language ? [text] : [],
  );

test('the pipeline, the drop and the mark', () => {
  const [pipeline = ''] = blocks('yaml');
  expect(configOf(parse(pipeline) as object).listen.classifier).toMatchObject({
    dropBelow: 0.2,
    correctionMax: 2,
  });
  const [drop = '', mark = ''] = blocks('json');
  expect(readPublished(JSON.parse(`{ "id": "a", "text": "x", ${drop.trim()} }`))).toBeDefined();
  expect(parseMark(mark, 'earshot.mark.skyline')).toMatchObject({ ok: true });
});
