/** Reports on filters as people read them. */
import { basename } from 'node:path';
import type { RelevanceReport } from '../app/evaluate/evaluate-relevance.ts';
import { formatTable } from './table.ts';

const figure = (value: number | null) => (value === null ? '–' : value.toFixed(3));

export function formatRelevanceReports(reports: readonly RelevanceReport[]): string {
  const columns = [
    ...(['engine', 'data', 'read by'] as const).map((title) => ({ title, align: 'left' as const })),
    ...[
      'texts',
      'accuracy',
      'irrelevant: precision',
      'recall',
      'F1',
      'relevant: precision',
      'recall',
      'F1',
    ].map((title) => ({ title })),
    ...['ROC AUC', 'by group', 'PR AUC', 'ECE', 'texts/s'].map((title) => ({ title })),
  ];
  const rows = reports.map((report) => [
    report.engine,
    basename(report.file),
    report.how,
    String(report.texts),
    figure(report.accuracy),
    ...[report.irrelevant, report.relevant].flatMap(({ precision, recall, f1 }) =>
      [precision, recall, f1].map(figure),
    ),
    ...[report.rocAuc, report.rocAucByGroup, report.prAuc, report.calibrationError].map(figure),
    report.textsPerSecond.toFixed(0),
  ]);
  return formatTable(columns, rows);
}
