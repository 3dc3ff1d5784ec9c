/** Reads the text format of Prometheus, as far as tests look at it. */
export interface Exposition {
  readonly text: string;
  /** The sum of the samples of a metric that carry these labels; 0 when there is none. */
  sum(metric: string, labels?: Readonly<Record<string, string>>): number;
}

const SAMPLE = /^([a-zA-Z_:][\w:]*)(?:\{(.*)\})? (\S+)$/;
const LABEL = /(\w+)="((?:[^"\\]|\\.)*)"/g;

export function parseExposition(text: string): Exposition {
  const samples = text.split('\n').flatMap((line) => {
    const [, name, written = '', value] = SAMPLE.exec(line) ?? [];
    if (name === undefined) return [];
    const labels = new Map([...written.matchAll(LABEL)].map(([, key, label]) => [key, label]));
    return [{ name, labels, value: Number(value) }];
  });
  return {
    text,
    sum: (metric, wanted = {}) =>
      samples
        .filter(({ name }) => name === metric)
        .filter(({ labels }) => Object.entries(wanted).every(([key, value]) => labels.get(key) === value))
        .reduce((sum, { value }) => sum + value, 0),
  };
}
