/** What a filter is trained from. Pure data: who reads the files is the app. */

export interface RelevanceText {
  readonly text: string;
  readonly relevant: boolean;
  /** Texts of one group (an event, a video) are never held out apart from each other. */
  readonly group?: string;
}
