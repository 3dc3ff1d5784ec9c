/** The words that the two libraries would classify by. Each is loaded when it is first asked for. */
import type { ItsFunction } from 'wink-nlp';

export type BayesEngine = 'natural' | 'wink';
/** Where a word stands in the text, UTF-16 units. */
export interface Place {
  readonly start: number;
  readonly end: number;
}
/** `places`, where given, is filled with the place of each word. */
export type ReadWords = (text: string, places?: Place[]) => string[];

/** Tokenizers and stemmers take quadratic time in an unbroken run: the next character becomes a space. */
const UNBROKEN_RUN = /(\S{128})\S/g;

export async function openWords(engine: BayesEngine): Promise<ReadWords> {
  const read = await (engine === 'natural' ? naturalWords() : winkWords());
  return (text, places) => read(text.replace(UNBROKEN_RUN, '$1 '), places);
}

/** Lower-case words without natural's stop words, stemmed by Porter's rules. */
async function naturalWords(): Promise<ReadWords> {
  const { default: stemmer } = await import('natural/lib/natural/stemmers/porter_stemmer.js');
  return (text, places) => {
    if (places === undefined) return stemmer.tokenizeAndStem(text);
    // natural does not say where a word stood: each is read by itself, which gives the same.
    const lower = text.toLowerCase();
    const words: string[] = [];
    for (const { index: start, 0: spelling } of lower.matchAll(SPELLING)) {
      // Few letters have a lower case of another length; then no place can be told.
      const place = lower.length === text.length ? { start, end: start + spelling.length } : NOWHERE;
      for (const word of stemmer.tokenizeAndStem(spelling)) {
        words.push(word);
        places.push(place);
      }
    }
    return words;
  };
}

/** What natural's tokenizer takes for a word. */
const SPELLING = /[a-z0-9'\-/]+/g;
const NOWHERE: Place = { start: 0, end: 0 };

/** wink remembers every unknown word for ever; after so many texts what it learned is forgotten. */
const TEXTS_REMEMBERED = 20_000;

/** Loading wink takes a second: everyone shares one reader, whose answers do not depend on what it read before. */
let winkReader: Promise<ReadWords> | undefined;
const winkWords = (): Promise<ReadWords> => (winkReader ??= loadWink());

/** `prep-text.js` of wink's classifier: words that are no stop words, stemmed, with `!` under a negation. */
async function loadWink(): Promise<ReadWords> {
  const [{ default: winkNLP }, { default: model }] = await Promise.all([
    import('wink-nlp'),
    import('wink-eng-lite-web-model'),
  ]);
  // wink-eng-lite-web-model 1.8.1 quotes this part anew at each call, to twice its length: it is asked once.
  const metaCER = (model.metaCER as () => unknown)();
  const start = () => winkNLP({ ...model, metaCER: () => metaCER }, ['sbd', 'negation']);
  let nlp = start();
  // eslint-disable-next-line @typescript-eslint/unbound-method -- wink tells its helpers apart by identity
  const { type, stopWordFlag, negationFlag, stem: stemOf, value, precedingSpaces } = nlp.its;
  let read = 0;
  return (text, places) => {
    read += 1;
    if (read % TEXTS_REMEMBERED === 0) nlp = start();
    const tokens = nlp.readDoc(text).tokens();
    const [types, stops, negated, stems] = [type, stopWordFlag, negationFlag, stemOf].map((of) =>
      tokens.out(of as ItsFunction<unknown>),
    ) as [string[], boolean[], boolean[], string[]];
    const words: string[] = [];
    const kept: number[] = [];
    for (const [index, stem] of stems.entries()) {
      if (types[index] !== 'word' || stops[index] === true) continue;
      words.push(negated[index] === true ? `!${stem}` : stem);
      kept.push(index);
    }
    if (places !== undefined) {
      const [values, spaces] = [value, precedingSpaces].map((of) =>
        tokens.out(of as ItsFunction<unknown>),
      ) as [string[], string[]];
      const all = placesOf(values, spaces);
      places.push(...kept.map((index) => all[index] ?? NOWHERE));
    }
    return words;
  };
}

/** Tokens and what stands before each make the text. */
function placesOf(values: readonly string[], spaces: readonly string[]): Place[] {
  let at = 0;
  return values.map((token, index) => {
    const start = at + (spaces[index] ?? '').length;
    at = start + token.length;
    return { start, end: at };
  });
}
