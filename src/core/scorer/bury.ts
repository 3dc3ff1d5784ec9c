/** Dead letters, without what any pipeline redacts. */
import { NO_PIPELINE } from '../bus/subjects.ts';
import { PII_KINDS } from '../privacy/kinds.ts';
import { NOTHING_FOUND, type FoundCounts } from '../privacy/redactor.ts';
import type { MutableDelivery } from './delivery.ts';
import type { Mark } from './marks.ts';
import { deadOutput, type DeadLetter, type InputPlace } from './outputs.ts';
import type { Views } from './views.ts';

/** Adds the dead letter to what comes of its delivery, which is made where none is given. */
export type Bury = (letter: DeadLetter, place: InputPlace, delivery?: MutableDelivery) => MutableDelivery;

/** `payloadBytesMax`: the largest payload the bus takes, to which a dead letter is cut. */
export function createBury(views: Views, payloadBytesMax: number): Bury {
  return (asItCame, place, delivery = { outputs: [], marks: [] }) => {
    const { letter, found } = views.ofLetter(asItCame);
    const { outputs, marks } = delivery;
    marks.push({ type: 'dead', reason: letter.reason, detail: letter.detail, output: outputs.length });
    marks.push(...redactedMarks(found, NO_PIPELINE, outputs.length));
    outputs.push(deadOutput(letter, place, payloadBytesMax));
    return delivery;
  };
}

const NO_MARKS: Mark[] = [];

export function redactedMarks(found: FoundCounts, pipeline: string, output: number): Mark[] {
  if (found === NOTHING_FOUND) return NO_MARKS;
  return PII_KINDS.flatMap((kind): Mark[] =>
    found[kind] === 0 ? [] : [{ type: 'redacted', pipeline, kind, items: found[kind], output }],
  );
}
