/** What a case is, and how the tables of cases are written. */
import type { SentimentLabel } from '../../../src/core/sentiment/engine.port.ts';

export type Label = Exclude<SentimentLabel, 'uncertain'>;

export interface Case {
  readonly category: string;
  readonly text: string;
  /** Any of these is right: two where careful readers differ, never all three. */
  readonly expected: readonly Label[];
}

type Expected = Label | 'negative or neutral' | 'neutral or positive';

/** The texts of each category, by what is expected of them. */
export type CaseTable = Readonly<Record<string, Partial<Record<Expected, readonly string[]>>>>;

export function casesOf(table: CaseTable): Case[] {
  return Object.entries(table).flatMap(([category, byExpected]) =>
    Object.entries(byExpected).flatMap(([expected, texts]) =>
      texts.map((text) => ({ category, text, expected: expected.split(' or ') as Label[] })),
    ),
  );
}
