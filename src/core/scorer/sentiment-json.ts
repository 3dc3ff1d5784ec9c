/** A sentiment as JSON.stringify writes it, field by field. */
import { utf8, type JsonWriter } from '../message/json-writer.ts';
import type { Sentiment } from '../sentiment/engine.port.ts';

const LABEL = utf8('{"label":"');
const SCORE = utf8('","score":');
const NEGATIVE = utf8(',"probability":{"negative":');
const NEUTRAL = utf8(',"neutral":');
const POSITIVE = utf8(',"positive":');
const ENGINE = utf8('},"engine":');
const END = utf8('}');

export function writeSentiment(writer: JsonWriter, sentiment: Sentiment): void {
  const { label, score, probability, engine, reason, because } = sentiment;
  if (reason !== undefined || because !== undefined) {
    writer.value(sentiment);
    return;
  }
  writer.bytes(LABEL);
  writer.text(label);
  writer.bytes(SCORE);
  writer.number(score);
  writer.bytes(NEGATIVE);
  writer.number(probability.negative);
  writer.bytes(NEUTRAL);
  writer.number(probability.neutral);
  writer.bytes(POSITIVE);
  writer.number(probability.positive);
  writer.bytes(ENGINE);
  writer.string(engine);
  writer.bytes(END);
}
