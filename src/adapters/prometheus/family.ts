/** Metric families that cost a map look-up and an addition. prom-client's own `inc` hashes its labels on every call
 *  (450 ns); these keep their cells and hand them over, in prom-client's shape, when the registry renders. */

type MetricType = 'counter' | 'gauge' | 'histogram';

/** What names a family; docs/metrics.md derives from it. */
export interface FamilySpec {
  readonly name: string;
  readonly type: MetricType;
  readonly labels: readonly string[];
  readonly help: string;
}

interface Sample {
  readonly metricName?: string;
  readonly labels: Readonly<Record<string, string>>;
  readonly value: number;
}

/** What prom-client's registry asks a metric for. */
export interface Family extends FamilySpec {
  get(): Promise<FamilySpec & { readonly values: readonly Sample[] }>;
}

/** Cells by their label values, at most `seriesMax` of them: further ones are refused, and `onLimit` is told. */
class Cells<Cell> {
  private readonly cells = new Map<string, { readonly labels: readonly string[]; readonly cell: Cell }>();
  private readonly create: () => Cell;
  private readonly seriesMax: number;
  private readonly onLimit: () => void;

  constructor(create: () => Cell, { seriesMax, onLimit }: SeriesLimit) {
    this.create = create;
    this.seriesMax = seriesMax;
    this.onLimit = onLimit;
  }

  at(labels: readonly string[]): Cell | undefined {
    const key = labels.length === 1 ? (labels[0] ?? '') : labels.join('\u0000');
    const known = this.cells.get(key);
    if (known !== undefined) return known.cell;
    if (this.cells.size >= this.seriesMax) {
      this.onLimit();
      return undefined;
    }
    const cell = this.create();
    this.cells.set(key, { labels, cell });
    return cell;
  }

  /** Forgets the cells whose first label this is. */
  forget(first: string): void {
    for (const [key, { labels }] of this.cells) if (labels[0] === first) this.cells.delete(key);
  }

  entries(): Iterable<{ readonly labels: readonly string[]; readonly cell: Cell }> {
    return this.cells.values();
  }
}

export interface SeriesLimit {
  readonly seriesMax: number;
  readonly onLimit: () => void;
}

function named(names: readonly string[], values: readonly string[]): Record<string, string> {
  return Object.fromEntries(names.map((name, index) => [name, values[index] ?? '']));
}

/** A counter or a gauge. Without labels it exists, at 0, from the start. */
export class ValueFamily implements Family {
  readonly name: string;
  readonly type: MetricType;
  readonly labels: readonly string[];
  readonly help: string;
  private readonly cells: Cells<{ value: number }>;

  constructor(spec: FamilySpec, limit: SeriesLimit) {
    ({ name: this.name, type: this.type, labels: this.labels, help: this.help } = spec);
    this.cells = new Cells(() => ({ value: 0 }), limit);
    if (spec.labels.length === 0) this.add(0);
  }

  add(amount: number, ...labels: string[]): void {
    const cell = this.cells.at(labels);
    if (cell !== undefined && Number.isFinite(amount)) cell.value += amount;
  }

  set(value: number, ...labels: string[]): void {
    const cell = this.cells.at(labels);
    if (cell !== undefined) cell.value = value;
  }

  /** Sets all there is for one value of the first label, and forgets what it had besides. */
  replace(
    first: string,
    rows: Iterable<{ readonly labels: readonly string[]; readonly value: number }>,
  ): void {
    this.cells.forget(first);
    for (const { labels, value } of rows) this.set(value, first, ...labels);
  }

  get(): ReturnType<Family['get']> {
    const values = Array.from(this.cells.entries(), ({ labels, cell }) => ({
      labels: named(this.labels, labels),
      value: cell.value,
    }));
    return Promise.resolve({
      name: this.name,
      type: this.type,
      labels: this.labels,
      help: this.help,
      values,
    });
  }
}

interface Distribution {
  /** One per bound and one for what lies above the last; not cumulative. */
  readonly counts: Float64Array;
  sum: number;
  count: number;
}

/** A histogram that takes whole batches of values. Values that are not finite are left out. */
export class HistogramFamily implements Family {
  readonly name: string;
  readonly type = 'histogram';
  readonly labels: readonly string[];
  readonly help: string;
  private readonly bounds: readonly number[];
  private readonly cells: Cells<Distribution>;

  /** `bounds` ascend; each bucket holds what is at most its bound. */
  constructor(spec: FamilySpec & { readonly bounds: readonly number[] }, limit: SeriesLimit) {
    ({ name: this.name, labels: this.labels, help: this.help, bounds: this.bounds } = spec);
    const size = spec.bounds.length + 1;
    this.cells = new Cells(() => ({ counts: new Float64Array(size), sum: 0, count: 0 }), limit);
  }

  /** Counts each value once. Values below `min` count as `min`: a sum that must never go back needs `min` 0. */
  observeAll(values: readonly number[], min: number, ...labels: string[]): void {
    const cell = this.cells.at(labels);
    if (cell === undefined) return;
    for (const value of values) this.put(cell, Math.max(value, min), 1);
  }

  /** Counts `value` `times` times. */
  observe(value: number, times: number, ...labels: string[]): void {
    const cell = this.cells.at(labels);
    if (cell !== undefined) this.put(cell, value, times);
  }

  private put(cell: Distribution, value: number, times: number): void {
    if (!Number.isFinite(value)) return;
    const { bounds } = this;
    let index = 0;
    while (index < bounds.length && value > (bounds[index] ?? 0)) index += 1;
    cell.counts[index] = (cell.counts[index] ?? 0) + times;
    cell.sum += value * times;
    cell.count += times;
  }

  get(): ReturnType<Family['get']> {
    const values: Sample[] = [];
    for (const { labels: own, cell } of this.cells.entries()) {
      const labels = named(this.labels, own);
      let cumulative = 0;
      for (const [index, bound] of [...this.bounds, '+Inf'].entries()) {
        cumulative += cell.counts[index] ?? 0;
        values.push({
          metricName: `${this.name}_bucket`,
          labels: { ...labels, le: String(bound) },
          value: cumulative,
        });
      }
      values.push({ metricName: `${this.name}_sum`, labels, value: cell.sum });
      values.push({ metricName: `${this.name}_count`, labels, value: cell.count });
    }
    return Promise.resolve({
      name: this.name,
      type: this.type,
      labels: this.labels,
      help: this.help,
      values,
    });
  }
}
