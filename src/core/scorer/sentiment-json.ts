/** A sentiment as JSON.stringify writes it, at a third of its cost: numbers of four decimals are looked up. */
import type { Sentiment } from '../sentiment/engine.port.ts';

const UNITS = 10_000;
/** From 0 to 1 in steps of 1 / UNITS, filled as they are met. */
const DECIMALS: (string | undefined)[] = Array.from({ length: UNITS + 1 }, () => undefined);

export function sentimentJson(sentiment: Sentiment): string {
  const { label, score, probability, engine, reason, because } = sentiment;
  if (reason !== undefined || because !== undefined) return JSON.stringify(sentiment);
  const { negative, neutral, positive } = probability;
  return (
    `{"label":"${label}","score":${decimal(score)},"probability":{"negative":${decimal(negative)},` +
    `"neutral":${decimal(neutral)},"positive":${decimal(positive)}},"engine":${JSON.stringify(engine)}}`
  );
}

function decimal(value: number): string {
  const size = Math.abs(value);
  const units = Math.round(size * UNITS);
  if (units / UNITS !== size || units > UNITS) return JSON.stringify(value);
  const text = (DECIMALS[units] ??= String(size));
  return value < 0 ? `-${text}` : text;
}
