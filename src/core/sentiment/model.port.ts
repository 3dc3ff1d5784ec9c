/** Where trained models come from. */

/** A model's folder, read whole: `model.json` as parsed JSON (not validated), `weights.bin`, and its SHA-256 in hex. */
export interface ModelFiles {
  /** For messages: the folder, as the user would name it. */
  readonly place: string;
  readonly manifest: unknown;
  readonly weights: Uint8Array;
  readonly weightsSha256: string;
}

export interface ModelSource {
  /** `name` is a model that Earshot ships (`sentiment-en`) or the path of a folder. Rejects with a message that says what is
   *  missing and where it was looked for. */
  open(name: string): Promise<ModelFiles>;
}
