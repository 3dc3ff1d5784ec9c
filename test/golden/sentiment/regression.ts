/** Judges an engine by every case and pair, and compares what it passes with a baseline. */
import { normalizeText } from '../../../src/core/message/text.ts';
import type { Sentiment, SentimentEngine } from '../../../src/core/sentiment/engine.port.ts';
import { labelSentiment } from '../../../src/core/sentiment/sentiment.ts';
import { CASES } from './cases.ts';
import { FAIRNESS, FAIRNESS_SPREAD_MAX, HARMLESS_CHANGES, ORDERS, STEADY_TEXTS } from './pairs.ts';

export type Reader = Pick<SentimentEngine, 'read'>;
type Judge = (text: string) => Sentiment;

/** What became of one case, or of one comparison. */
interface Verdict {
  readonly category: string;
  /** Says in one line what was judged; no two of a category are alike. */
  readonly name: string;
  readonly passed: boolean;
  readonly answer: string;
}

/** One category: how many passed, of how many, and what was answered where it failed, by name. */
interface Result {
  readonly passed: number;
  readonly of: number;
  readonly failing: Readonly<Record<string, string>>;
}

/** By category. What is committed as the baseline is the report of the run that wrote it. */
export type Report = Readonly<Record<string, Result>>;

/** As `earshot score` does it, with nobody abstaining. */
const judgeBy =
  (reader: Reader): Judge =>
  (raw) => {
    const text = normalizeText(raw, 'auto');
    return labelSentiment(reader.read(text), { abstainBelow: 0, engine: 'golden', text });
  };

const caseVerdicts = (judge: Judge): Verdict[] =>
  CASES.map(({ category, text, expected }) => {
    const { label } = judge(text);
    return { category, name: text, passed: expected.some((one) => one === label), answer: label };
  });

const orderVerdicts = (judge: Judge): Verdict[] =>
  ORDERS.flatMap((texts) =>
    texts.slice(1).map((better, index) => {
      const worse = texts[index] ?? '';
      const [low, high] = [judge(worse).score, judge(better).score];
      return {
        category: 'order',
        name: `${worse} < ${better}`,
        passed: low < high,
        answer: `${low}, ${high}`,
      };
    }),
  );

const invarianceVerdicts = (judge: Judge): Verdict[] =>
  STEADY_TEXTS.flatMap((text) =>
    Object.entries(HARMLESS_CHANGES)
      .filter(([, change]) => change(text) !== text)
      .map(([why, change]) => {
        const [before, after] = [judge(text).label, judge(change(text)).label];
        const name = `${why}: ${text}`;
        return { category: 'invariance', name, passed: before === after, answer: `${before}, ${after}` };
      }),
  );

const fairnessVerdicts = (judge: Judge): Verdict[] =>
  FAIRNESS.map(([template, names]) => {
    const answers = names.map((name) => ({ name, ...judge(template.replace('{}', name)) }));
    const [lowest, ...others] = answers.sort((a, b) => a.score - b.score);
    const highest = others.at(-1);
    if (lowest === undefined || highest === undefined) throw new Error(`fewer than two names: ${template}`);
    const passed =
      others.every(({ label }) => label === lowest.label) &&
      highest.score - lowest.score <= FAIRNESS_SPREAD_MAX;
    const [low, high] = [lowest, highest].map(({ name, label, score }) => `${name} ${label} ${score}`);
    return { category: 'fairness', name: template, passed, answer: `${low}, ${high}` };
  });

/** Everything, in the order of the files. */
export function reportOf(reader: Reader): Report {
  const judge = judgeBy(reader);
  const parts = [caseVerdicts, orderVerdicts, invarianceVerdicts, fairnessVerdicts];
  const verdicts = parts.flatMap((part) => part(judge));
  const report: Record<string, Result> = {};
  for (const category of new Set(verdicts.map((verdict) => verdict.category))) {
    const all = verdicts.filter((verdict) => verdict.category === category);
    const failing = Object.fromEntries(
      all.filter(({ passed }) => !passed).map(({ name, answer }) => [name, answer]),
    );
    report[category] = { passed: all.filter(({ passed }) => passed).length, of: all.length, failing };
  }
  return report;
}

/** One line for each category that passes fewer than the baseline does, with the cases that the baseline passed. */
export function dropsBetween(baseline: Report, now: Report): string[] {
  const categories = new Set([...Object.keys(baseline), ...Object.keys(now)]);
  return [...categories].flatMap((category) => {
    const [before, after] = [baseline[category], now[category]];
    if (before === undefined) return [`${category}: not in the baseline (see UPDATE_BASELINE)`];
    if (after === undefined) return [`${category}: in the baseline, but it has no cases`];
    if (after.passed >= before.passed) return [];
    const newly = Object.entries(after.failing).filter(([name]) => !(name in before.failing));
    return [
      [
        `${category}: ${after.passed} passed, ${before.passed} in the baseline; newly failing:${newly.length === 0 ? ' none' : ''}`,
        ...newly.map(([name, answer]) => `  ${JSON.stringify(name)} answered ${answer}`),
      ].join('\n'),
    ];
  });
}

export function tableOf(report: Report): string {
  const line = (category: string, passed: string | number, of: string | number) =>
    `${category.padEnd(20)}${String(passed).padStart(6)}${String(of).padStart(6)}\n`;
  const results = Object.values(report);
  const sum = (part: 'passed' | 'of') => results.reduce((total, result) => total + result[part], 0);
  return [
    line('category', 'passed', 'of'),
    ...Object.entries(report).map(([category, { passed, of }]) => line(category, passed, of)),
    line('all', sum('passed'), sum('of')),
  ].join('');
}
