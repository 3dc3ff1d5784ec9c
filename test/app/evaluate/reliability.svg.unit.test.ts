/** Goal: a picture that is well-formed, shows what the bins hold, and cannot be broken by a name. */
import { expect, test } from 'vitest';
import { reliabilitySvg, type ReliabilityPanel } from '../../../src/app/evaluate/reliability.svg.ts';
import { reliabilityBins } from '../../../src/core/sentiment/evaluation.calibration.ts';

const panel = (more: Partial<ReliabilityPanel> = {}): ReliabilityPanel => ({
  engine: 'earshot',
  file: 'data/val.tsv.gz',
  calibrationError: 0.0284,
  accuracy: 0.652,
  reliability: reliabilityBins([
    { confidence: 0.5, correct: true },
    { confidence: 0.5, correct: false },
    { confidence: 0.95, correct: false },
    { confidence: 0.4, correct: true },
  ]),
  ...more,
});

/** Throws where tags are not balanced or text holds what must be escaped: enough of XML for what we write. */
function parse(svg: string): { tags: string[]; texts: string[] } {
  const [open, tags, texts]: string[][] = [[], [], []];
  const rest = svg
    .replace(/<style>[^<]*<\/style>/, '')
    .replace(
      /<(\/?)([a-z]+)((?: [a-zA-Z0-9-]+="[^"<]*")*)(\/?)>|([^<>]+)/g,
      (_all, end: string, name: string, _attributes, closed: string, text: string | undefined) => {
        if (text !== undefined) {
          expect(text).toMatch(/^(?:[^&]|&(?:amp|lt|gt|quot|#39);)*$/);
          if (text.trim() !== '') texts?.push(text);
        } else if (end !== '') expect(open?.pop()).toBe(name);
        else {
          tags?.push(name);
          if (closed === '') open?.push(name);
        }
        return '';
      },
    );
  expect([rest, open]).toEqual(['', []]);
  return { tags: tags ?? [], texts: texts ?? [] };
}

test('names, figures and bins', () => {
  const { texts, tags } = parse(reliabilitySvg([panel()], 1));
  expect(texts).toEqual(
    expect.arrayContaining(['earshot', 'val.tsv.gz', 'ECE 0.028', 'accuracy 65%', '4 texts', 'up to 50%']),
  );
  expect(texts).toContain('earshot: data/val.tsv.gz');
  expect(texts).toContain('93% to 100%: 1 text, confidence 95%, accuracy 0%');
  // Ground, three of the legend, two for each of the three bins that hold something, and 15 counts.
  expect(tags.filter((tag) => tag === 'rect')).toHaveLength(1 + 3 + 2 * 3 + 15);
});

test('too sure and too modest are told apart, by the distance', () => {
  const bar = (correct: boolean, confidence: number) => {
    const svg = reliabilitySvg([panel({ reliability: reliabilityBins([{ confidence, correct }]) })], 1);
    return /<rect class="(under|over)" x="[\d.]+" y="[\d.]+" width="15.83" height="([\d.]+)"/
      .exec(svg)
      ?.slice(1);
  };
  expect(bar(true, 0.75)).toEqual(['under', '65']); // A quarter of 260.
  expect(bar(false, 0.75)).toEqual(['over', '195']);
});

test.each([
  [1, 1, 346, 518],
  [1, 4, 346, 518],
  [4, 2, 692, 974],
  [3, 2, 692, 974],
])('%d panels, %d side by side: %d by %d', (count, columns, width, height) => {
  const svg = reliabilitySvg(
    Array.from({ length: count }, () => panel()),
    columns,
  );
  parse(svg);
  expect(svg).toContain(`width="${width}" height="${height}" viewBox="0 0 ${width} ${height}"`);
});

test('names are text, whatever they hold, and of bounded length', () => {
  const svg = reliabilitySvg(
    [panel({ engine: `<script>alert("1")</script>&'\u0000\ud800`, file: `dir/<b>"${'é'.repeat(90)}` })],
    1,
  );
  const { tags, texts } = parse(svg);
  expect(new Set(tags)).toEqual(new Set(['svg', 'title', 'rect', 'text', 'g', 'line']));
  expect(texts).toContain(`&lt;b&gt;&quot;${'é'.repeat(35)}…`);
  expect(texts).toContain('&lt;script&gt;alert(&quot;1&quot;)&lt;/script&gt;&amp;&#39; \ufffd');
});

test('both grounds, and nothing is fetched', () => {
  const svg = reliabilitySvg([panel()], 1);
  expect(svg).toContain('prefers-color-scheme: dark');
  expect(svg.replace('xmlns="http://www.w3.org/2000/svg"', '')).not.toMatch(/https?:|url\(|href|@import/);
});
