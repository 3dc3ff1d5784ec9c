/** The words that the two libraries would classify by. Each is loaded when it is first asked for. */
import type { ItsFunction } from 'wink-nlp';

export type BayesEngine = 'natural' | 'wink';
export type ReadWords = (text: string) => string[];

/** Tokenizers and stemmers take quadratic time in an unbroken run: the next character becomes a space. */
const UNBROKEN_RUN = /(\S{128})\S/g;

export async function openWords(engine: BayesEngine): Promise<ReadWords> {
  const read = await (engine === 'natural' ? naturalWords() : winkWords());
  return (text) => read(text.replace(UNBROKEN_RUN, '$1 '));
}

/** Lower-case words without natural's stop words, stemmed by Porter's rules. */
async function naturalWords(): Promise<ReadWords> {
  const { default: stemmer } = await import('natural/lib/natural/stemmers/porter_stemmer.js');
  return (text) => stemmer.tokenizeAndStem(text);
}

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
  const { type, stopWordFlag, negationFlag, stem: stemOf } = nlp.its;
  let read = 0;
  return (text) => {
    read += 1;
    if (read % TEXTS_REMEMBERED === 0) nlp = start();
    const tokens = nlp.readDoc(text).tokens();
    const [types, stops, negated, stems] = [type, stopWordFlag, negationFlag, stemOf].map((of) =>
      tokens.out(of as ItsFunction<unknown>),
    ) as [string[], boolean[], boolean[], string[]];
    const words: string[] = [];
    for (const [index, stem] of stems.entries()) {
      if (types[index] !== 'word' || stops[index] === true) continue;
      words.push(negated[index] === true ? `!${stem}` : stem);
    }
    return words;
  };
}
