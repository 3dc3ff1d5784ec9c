/** Reads a line as the scorer reads a payload. */
import { subjects } from '../core/bus/subjects.ts';
import { decode, type Decoded } from '../core/message/codec.ts';
import { MESSAGE_LIMITS } from '../core/message/limits.ts';
import type { Message } from '../core/message/message.ts';
import type { PipelineConfig } from '../core/pipeline/pipeline.config.ts';
import { systemClock } from './clock.ts';
import type { LineScorerOptions } from './score-lines.ts';

/** A line that would become a dead letter: why. */
export interface DeadLine {
  readonly decision: 'dead';
  readonly reason: string;
  readonly error: string;
}

interface LineMessage {
  readonly message: Message;
  /** The line says which message it is. */
  readonly hasId: boolean;
}

/** The subject that a line stands for: one that the pipelines listen to where they listen to the same. */
function subjectFor(configs: readonly PipelineConfig[]): string {
  const patterns = new Set(configs.map(({ source }) => source.subjects[0]));
  const [pattern = subjects.allIn] = patterns.size === 1 ? patterns : [];
  return pattern.replace(/[*>]/g, 'score');
}

/** Where plain text is welcome a line that is no message is a text; and a message needs no id, since nobody asks for it
 *  again. */
export function lineReader(
  { input, lang }: Pick<LineScorerOptions, 'input' | 'lang'>,
  configs: readonly PipelineConfig[],
): (text: string, line: number) => LineMessage | DeadLine {
  const subject = subjectFor(configs);
  const futureSkewMaxMs = Math.max(0, ...configs.map(({ window }) => window.futureSkewMax));
  const decodeOne = (text: string) =>
    decode(Buffer.from(text), { subject, arrivalMs: systemClock.nowMs(), futureSkewMaxMs });
  const withLang = (message: Message): Message =>
    lang === undefined || message.lang !== undefined ? message : { ...message, lang };
  const asText = (text: string, id: string): LineMessage | DeadLine => {
    const read = text.slice(0, MESSAGE_LIMITS.textCharsReadMax);
    const [decoded] = decodeOne(JSON.stringify({ id, text: read }));
    if (decoded?.kind !== 'message') return deadLine(decoded);
    return { message: withLang(decoded.message), hasId: false };
  };

  return (text: string, line: number): LineMessage | DeadLine => {
    const id = `line-${line}`;
    const mayBeText = input === 'auto';
    if (input === 'text' || (mayBeText && !text.trimStart().startsWith('{'))) return asText(text, id);
    const [decoded, another] = decodeOne(text);
    if (another !== undefined)
      return { decision: 'dead', reason: 'too_many', error: 'several messages; a line is one' };
    if (decoded?.kind === 'message') return { message: withLang(decoded.message), hasId: true };
    if (decoded?.reason === 'missing_id') {
      const raw = JSON.parse(text) as { readonly text?: unknown };
      const [named] = typeof raw.text === 'string' ? decodeOne(JSON.stringify({ ...raw, id })) : [];
      if (named?.kind === 'message') return { message: withLang(named.message), hasId: false };
      if (mayBeText) return asText(text, id);
    }
    if (mayBeText && decoded?.reason === 'invalid_json') return asText(text, id);
    return deadLine(decoded);
  };
}

function deadLine(decoded: Decoded | undefined): DeadLine {
  if (decoded?.kind !== 'dead') return { decision: 'dead', reason: 'empty', error: 'nothing to read' };
  return { decision: 'dead', reason: decoded.reason, error: decoded.detail };
}
