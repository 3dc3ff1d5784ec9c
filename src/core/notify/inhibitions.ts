/** Inhibition: while a source fires, nobody is told of its targets. */
import { compileMatchers, type Labels, type MatchesAll } from './matcher.ts';
import type { InhibitConfig } from './notify.config.ts';

/** Sources that are named for one target. */
const SOURCES_NAMED_MAX = 5;

interface Inhibition {
  readonly isSource: MatchesAll;
  readonly isTarget: MatchesAll;
  readonly equal: readonly string[];
  /** Firing sources by what has to be equal; of each, whether it is a target too. */
  readonly sources: Map<string, Map<string, boolean>>;
}

export class Inhibitions {
  readonly #inhibitions: readonly Inhibition[];

  constructor(config: readonly InhibitConfig[]) {
    this.#inhibitions = config.map(({ source, target, equal }) => ({
      isSource: compileMatchers(source),
      isTarget: compileMatchers(target),
      equal,
      sources: new Map(),
    }));
  }

  /** True when others may be held back now that were not. */
  fires(id: string, labels: Labels): boolean {
    const own = this.#inhibitions.filter(({ isSource }) => isSource(labels));
    for (const inhibition of own) {
      const key = keyOf(inhibition, labels);
      const sources = inhibition.sources.get(key) ?? new Map<string, boolean>();
      inhibition.sources.set(key, sources.set(id, inhibition.isTarget(labels)));
    }
    return own.length > 0;
  }

  /** True when others may be told of now that were not. */
  resolves(id: string, labels: Labels): boolean {
    let wasSource = false;
    for (const inhibition of this.#inhibitions) {
      const key = keyOf(inhibition, labels);
      const sources = inhibition.sources.get(key);
      if (!sources?.delete(id)) continue;
      wasSource = true;
      if (sources.size === 0) inhibition.sources.delete(key);
    }
    return wasSource;
  }

  /** The alerts that hold this one back. Alerts that are source and target of an inhibition do not hold each other back. */
  inhibiting(labels: Labels): string[] {
    const found = new Set<string>();
    for (const inhibition of this.#inhibitions) {
      if (!inhibition.isTarget(labels)) continue;
      const isBoth = inhibition.isSource(labels);
      for (const [id, sourceIsBoth] of inhibition.sources.get(keyOf(inhibition, labels)) ?? []) {
        if (found.size === SOURCES_NAMED_MAX) return [...found];
        if (!(isBoth && sourceIsBoth)) found.add(id);
      }
    }
    return [...found];
  }
}

function keyOf({ equal }: Inhibition, labels: Labels): string {
  return JSON.stringify(equal.map((label) => labels[label] ?? ''));
}
