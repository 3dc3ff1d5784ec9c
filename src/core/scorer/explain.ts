/** The words that made a text's sentiment, as alerts show them. */
import type { EvidenceWord } from '../alert/alert.ts';
import type { CompiledPipeline } from '../pipeline/compile.ts';
import type { Because } from '../sentiment/engine.port.ts';
import { reads } from '../sentiment/engines.ts';

/** At most `WORDS_MAX`, strongest first; none of a text that the engine is not for. */
export type Explain = (text: string, lang?: string) => readonly EvidenceWord[];

const WORDS_MAX = 5;
/** A word of less than this part of the strongest one's weight explains nothing. */
const FAINT = 0.1;
/** Pieces of an explanation that are words. */
const KINDS: ReadonlySet<Because['kind']> = new Set(['word', 'phrase', 'emoji', 'negation', 'lexicon']);

/** A word of an explanation, and where it stands first. */
type Piece = Pick<Because, 'text' | 'weight' | 'start' | 'end'>;

/** Undefined for an engine that computes elsewhere: evidence cannot wait for it. */
export function explainerOf({
  engine,
  identify,
}: Pick<CompiledPipeline, 'engine' | 'identify'>): Explain | undefined {
  if (engine.kind !== 'immediate') return undefined;
  return (text, lang) => {
    const language = identify(text, lang);
    if (!reads(engine, language)) return [];
    const { because = [] } = engine.read(text, { explain: true, language });
    return strongest(because);
  };
}

/** Those that pull where the text as a whole goes, each part of it once; what is said twice counts together. */
function strongest(because: readonly Because[]): EvidenceWord[] {
  const words = new Map<string, Piece>();
  for (const { text, weight, kind, start, end } of because) {
    if (!KINDS.has(kind) || text === '') continue;
    const known = words.get(text.toLowerCase()) ?? { text, weight: 0, start, end };
    words.set(text.toLowerCase(), { ...known, weight: known.weight + weight });
  }
  const pull = Math.sign(because.reduce((sum, { weight }) => sum + weight, 0)) || 1;
  const pieces = [...words.values()]
    .filter(({ weight }) => weight * pull > 0)
    .sort((left, right) => Math.abs(right.weight) - Math.abs(left.weight) || left.start - right.start);
  const chosen: Piece[] = [];
  for (const piece of pieces) {
    if (chosen.length >= WORDS_MAX || Math.abs(piece.weight) < FAINT * Math.abs(pieces[0]?.weight ?? 0))
      break;
    if (chosen.every(({ start, end }) => piece.end <= start || piece.start >= end)) chosen.push(piece);
  }
  return chosen.map(({ text, weight }) => ({ text, weight: Math.round(weight * 1_000) / 1_000 }));
}
