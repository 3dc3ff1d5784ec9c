/** The kinds of personal data that are found, and how a finder says where. */

/** In the order in which they claim text: what is part of one is never looked at by the next. */
export const PII_KINDS = ['email', 'iban', 'card', 'ip', 'phone'] as const;
export type PiiKind = (typeof PII_KINDS)[number];

/** UTF-16 offsets, and the one writing by which the same datum is known again: lower case, digits only, E.164. */
export interface Found {
  readonly start: number;
  readonly end: number;
  readonly canonical: string;
  /** Written as one, and fails its check: stays as it is, and no part of it is of another kind. */
  readonly isRefused?: true;
}

/** Finds one kind in a text as `readable` leaves it: in reading order, without overlaps. Linear in the text. */
export type Finder = (text: string) => readonly Found[];
