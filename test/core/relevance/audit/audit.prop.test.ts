/** Goal: the interval holds the true recall and precision in about 95 of 100 audits, whatever the filter, the sampling of its
 *  drops and the number of marks. Simulated end to end: messages, drops published by chance, marks drawn without replacement. */
import { expect, test } from 'vitest';
import { mulberry32 } from '../../../../src/core/random/mulberry32.ts';
import { estimateAudit, type Stratum } from '../../../../src/core/relevance/audit/audit.ts';
import type { Estimate } from '../../../../src/core/relevance/audit/interval.ts';
import type { Verdict } from '../../../../src/core/relevance/verdict.ts';

const SEED = Number(process.env.AUDIT_SEED ?? 20_261_122);
const AUDITS = 1_500;

interface Population {
  readonly verdict: Verdict;
  readonly messages: number;
  /** Share that is relevant. */
  readonly relevant: number;
  readonly sample: number;
  readonly marks: number;
}

/** What an auditor sees of one population, and how many of its messages were relevant. */
function observe({ verdict, messages, relevant, sample, marks }: Population, random: () => number) {
  let [trulyRelevant, published, publishedRelevant] = [0, 0, 0];
  for (let at = 0; at < messages; at += 1) {
    const isRelevant = random() < relevant;
    if (isRelevant) trulyRelevant += 1;
    if (random() >= sample) continue;
    published += 1;
    if (isRelevant) publishedRelevant += 1;
  }
  const marked = Math.min(marks, published);
  let [left, leftRelevant, found] = [published, publishedRelevant, 0];
  for (let drawn = 0; drawn < marked; drawn += 1) {
    if (random() * left < leftRelevant) {
      found += 1;
      leftRelevant -= 1;
    }
    left -= 1;
  }
  const stratum: Stratum = { verdict, sample, published, marked, relevant: found };
  return { stratum, trulyRelevant };
}

function coverage(populations: readonly Population[], seed: number, change = (stratum: Stratum) => stratum) {
  const random = mulberry32(seed);
  let [recall, precision, audits] = [0, 0, 0];
  for (let audit = 0; audit < AUDITS; audit += 1) {
    const seen = populations.map((population) => observe(population, random));
    const sumOf = (kept: boolean) =>
      seen.reduce(
        (sum, one, at) => sum + ((populations[at]?.verdict !== 'drop') === kept ? one.trulyRelevant : 0),
        0,
      );
    const kept = populations.reduce((sum, one) => sum + (one.verdict === 'drop' ? 0 : one.messages), 0);
    const found = estimateAudit(
      seen.map(({ stratum }) => change(stratum)),
      0.1,
    );
    const truth = { recall: sumOf(true) / (sumOf(true) + sumOf(false)), precision: sumOf(true) / kept };
    audits += 1;
    if (found.recall === null || found.precision === null) continue;
    if (found.recall.low <= truth.recall && truth.recall <= found.recall.high) recall += 1;
    if (found.precision.low <= truth.precision && truth.precision <= found.precision.high) precision += 1;
  }
  return { recall: recall / audits, precision: precision / audits };
}

const kept = (messages: number, relevant: number, marks: number): Population => {
  return { verdict: 'keep', messages, relevant, sample: 1, marks };
};
const dropped = (messages: number, relevant: number, marks: number, sample = 1): Population => {
  return { verdict: 'drop', messages, relevant, sample, marks };
};

const ROWS: readonly [string, readonly Population[]][] = [
  ['an even stream', [kept(2_000, 0.8, 100), dropped(2_000, 0.1, 100)]],
  ['few relevant among many drops', [kept(500, 0.9, 60), dropped(5_000, 0.02, 150)]],
  ['drops published one in ten', [kept(800, 0.85, 80), dropped(6_000, 0.05, 150, 0.1)]],
  [
    'a review band',
    [kept(1_000, 0.95, 60), { ...kept(400, 0.5, 60), verdict: 'review' }, dropped(2_000, 0.08, 100)],
  ],
  [
    'two rates of sampling',
    [kept(1_000, 0.7, 80), dropped(1_500, 0.1, 60, 0.5), dropped(3_000, 0.1, 80, 0.2)],
  ],
  ['nearly all marked', [kept(150, 0.8, 120), dropped(150, 0.2, 120)]],
];

test.each(ROWS)(`the interval holds the truth: %s (seed ${SEED})`, (_what, populations) => {
  const { recall, precision } = coverage(populations, SEED);
  for (const covered of [recall, precision]) {
    expect(covered).toBeGreaterThan(0.93);
    expect(covered).toBeLessThan(0.98);
  }
});

test('an audit that forgets the sampling of drops is found out', () => {
  const populations = [kept(800, 0.85, 80), dropped(6_000, 0.05, 150, 0.1)];
  const unweighted = coverage(populations, SEED, (stratum) => ({ ...stratum, sample: 1 }));
  expect(unweighted.recall).toBeLessThan(0.5);
});

const widthOf = (estimate: Estimate | null) => (estimate === null ? 1 : estimate.high - estimate.low);

test('as many further marks as it asks for make the interval as narrow as was asked', () => {
  const random = mulberry32(SEED);
  const populations = [kept(3_000, 0.8, 40), dropped(8_000, 0.05, 40, 0.5)];
  const first = populations.map((population) => observe(population, random).stratum);
  const { needed, recall } = estimateAudit(first, 0.08);
  expect(widthOf(recall)).toBeGreaterThan(0.08);
  const widths = Array.from({ length: 40 }, () => {
    const again = populations.map((population) => {
      const more = needed?.find(({ verdict }) => verdict === population.verdict)?.marks ?? 0;
      return observe({ ...population, marks: population.marks + more }, random).stratum;
    });
    return widthOf(estimateAudit(again, 0.08).recall);
  }).sort((left, right) => left - right);
  expect(widths[20]).toBeGreaterThan(0.04);
  expect(widths[20]).toBeLessThan(0.11);
});
