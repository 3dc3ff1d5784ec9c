/** Volume and negative posts over time, in at most `COLUMNS_MAX` columns: when they are full, neighbours are merged. */

/** About one for each pixel of the drawing. */
const COLUMNS_MAX = 1_300;

export interface VolumeColumn {
  readonly volume: number;
  readonly negative: number;
}

export class VolumeColumns {
  #startMs = Number.NaN;
  #widthMs: number;
  #columns: (VolumeColumn | undefined)[] = [];

  constructor(paneMs: number) {
    this.#widthMs = paneMs;
  }

  get all(): readonly (VolumeColumn | undefined)[] {
    return this.#columns;
  }
  /** NaN while there is nothing. */
  get startMs(): number {
    return this.#startMs;
  }
  get widthMs(): number {
    return this.#widthMs;
  }

  /** A pane of a channel that began at `startMs`; never before the first one. */
  add(startMs: number, volume: number, negative: number): void {
    if (Number.isNaN(this.#startMs)) this.#startMs = startMs;
    const at = () => Math.max(0, Math.floor((startMs - this.#startMs) / this.#widthMs));
    while (at() >= COLUMNS_MAX) this.#halve();
    this.#columns[at()] = sum(this.#columns[at()], { volume, negative });
  }

  #halve(): void {
    const half: (VolumeColumn | undefined)[] = [];
    for (let i = 0; i < this.#columns.length; i += 2) half.push(sum(this.#columns[i], this.#columns[i + 1]));
    this.#columns = half;
    this.#widthMs *= 2;
  }
}

function sum(a: VolumeColumn | undefined, b: VolumeColumn | undefined): VolumeColumn | undefined {
  if (!a || !b) return a ?? b;
  return { volume: a.volume + b.volume, negative: a.negative + b.negative };
}
