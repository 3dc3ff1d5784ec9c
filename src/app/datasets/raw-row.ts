/** A row of a labelled file as it stands there, whatever the file's format. */
export interface RawRow {
  /** From 1; of a CSV record that spans several lines the last one. */
  readonly line: number;
  /** Not interpreted, without white space around it. */
  readonly label: string;
  readonly text: string;
  readonly lang?: string;
  /** The second of three columns: which collection the row is from. */
  readonly source?: string;
}
