/** What `earshot evaluate sentiment` shows a person. */
import { basename } from 'node:path';
import type {
  LabelReport,
  MeanReport,
  RatingReport,
  SentimentReport,
} from '../app/evaluate/evaluate-sentiment.ts';
import { SENTIMENT_LABELS } from '../core/sentiment/engine.port.ts';
import { CLASSES } from '../core/sentiment/evaluation.classes.ts';
import { formatTable, type Column } from './table.ts';
import { printable } from './io.ts';

const NAMES: readonly Column[] = [
  { title: 'engine', align: 'left' },
  { title: 'data', align: 'left' },
];
const titles = (...names: string[]): Column[] => names.map((title) => ({ title }));

/** Tables apart by blank lines: engines by file with the means below, ratings, then a confusion matrix for each pair. */
export function formatReports(reports: readonly SentimentReport[], means: readonly MeanReport[]): string {
  const labelled = reports.filter((report) => report.kind === 'labels');
  const rated = reports.filter((report) => report.kind === 'ratings');
  return [
    ...(labelled.length > 0 ? [labelTable(labelled, means)] : []),
    ...(rated.length > 0 ? [ratingTable(rated)] : []),
    ...labelled.map(confusionTable),
  ].join('\n');
}

const LABEL_COLUMNS = [
  ...NAMES,
  ...titles('texts', 'accuracy', 'macro-recall', '95%', 'macro-F1', 'ECE', 'acc@50%', 'uncertain', 'texts/s'),
];

function labelTable(reports: readonly LabelReport[], means: readonly MeanReport[]): string {
  const rows = reports.map((report) => [
    report.engine,
    basename(report.file),
    String(report.rows),
    figure(report.accuracy),
    figure(report.macroRecall),
    `${figure(report.macroRecallInterval.low)}–${figure(report.macroRecallInterval.high)}`,
    figure(report.macroF1),
    figure(report.calibrationError),
    figure(report.coverage.find(({ share }) => share === 0.5)?.accuracy ?? null),
    percent(report.uncertainShare),
    rate(report.textsPerSecond),
  ]);
  const meanRows = means.map((mean) => [
    mean.engine,
    `mean of ${mean.files}`,
    '',
    figure(mean.accuracy),
    figure(mean.macroRecall),
    '',
    figure(mean.macroF1),
  ]);
  return formatTable(LABEL_COLUMNS, [...rows, ...meanRows]);
}

function ratingTable(reports: readonly RatingReport[]): string {
  return formatTable(
    [...NAMES, ...titles('texts', 'Pearson', 'Spearman', 'texts/s')],
    reports.map((report) => [
      report.engine,
      basename(report.file),
      String(report.rows),
      figure(report.pearson),
      figure(report.spearman),
      rate(report.textsPerSecond),
    ]),
  );
}

function confusionTable(report: LabelReport): string {
  const leftOut = report.leftOut === 0 ? '' : `; ${report.leftOut} without one clear label left out`;
  const head = `${printable(report.engine)} on ${printable(basename(report.file))}: people's label by row, the engine's by column${leftOut}`;
  const columns = [
    { title: '', align: 'left' as const },
    ...titles(...SENTIMENT_LABELS, 'precision', 'recall', 'F1'),
  ];
  const rows = CLASSES.map((name) => {
    const { precision, recall, f1 } = report.classes[name];
    const counts = SENTIMENT_LABELS.map((label) => String(report.confusion[name][label]));
    return [name, ...counts, figure(precision), figure(recall), figure(f1)];
  });
  return `${head}\n${formatTable(columns, rows)}`;
}

function figure(value: number | null): string {
  return value === null ? '–' : value.toFixed(3);
}

function percent(share: number): string {
  return `${(share * 100).toFixed(1)}%`;
}

function rate(perSecond: number): string {
  return perSecond < 10 ? perSecond.toFixed(1) : String(Math.round(perSecond));
}
