/** Words that do something to what stands behind them. Those of one language may mean something else in another (`sin`, `mat`,
 *  `no`), so each text is read with English and its own language only. */
import { hashText } from './hash.ts';
import { HashIndex } from '../../random/hash-index.ts';
import {
  BE,
  COMPARATIVE,
  CONTRAST,
  EXPLETIVE,
  NEGATOR,
  OF,
  PEAK_NEGATOR,
  SORT,
  STRONGER,
  STRONGER_BEFORE,
  WEAKER,
} from './traits.ts';

/** By trait: words apart by spaces, in their compared form. */
type FunctionWords = readonly (readonly [trait: number, words: string])[];

const ENGLISH: FunctionWords = [
  [
    NEGATOR,
    'not no never cannot without hardly barely scarcely nobody nothing neither nor none nowhere aint dont cant wont didnt ' +
      'doesnt isnt wasnt arent werent havent hasnt hadnt couldnt shouldnt wouldnt nope lack lacks lacking rarely seldom',
  ],
  [CONTRAST, 'but however although though yet except whereas nevertheless nonetheless unless despite'],
  [
    STRONGER,
    'absolutely amazingly awfully completely considerably decidedly deeply enormously entirely especially exceptionally ' +
      'extremely flipping freaking fricking fucking greatly highly hugely incredibly insanely intensely majorly more most ' +
      'particularly purely quite really remarkably so substantially super thoroughly too totally tremendously truly ' +
      'unbelievably unusually utterly very damn damned bloody pretty effing fckin fuckin fkn f*cking f**king f**ing',
  ],
  [
    WEAKER,
    'almost fairly kinda less little marginally mildly occasionally partly slightly somewhat sorta bit tad pretty',
  ],
  [EXPLETIVE, 'damn damned dang daamn goddamn'],
  [STRONGER, 'dang goddamn'],
  [STRONGER_BEFORE, 'af asf'],
  [SORT, 'kind sort'],
  [OF, 'of'],
  [PEAK_NEGATOR, "never couldnt couldn't"],
  [BE, 'be been'],
  [
    COMPARATIVE,
    'better calmer cooler cuter easier funnier gladder happier healthier kinder luckier more nicer prettier prouder ' +
      'smoother stronger sweeter angrier colder crazier dumber harder lonelier madder sadder sicker uglier weaker weirder worse',
  ],
];

const OTHERS: Readonly<Record<string, FunctionWords>> = {
  ar: [
    [NEGATOR, 'لا ليس مش لم لن ما مو غير بدون'],
    [CONTRAST, 'لكن بس'],
  ],
  de: [
    [NEGATOR, 'nicht kein keine keinen keiner nie niemals ohne weder'],
    [CONTRAST, 'aber sondern jedoch obwohl doch'],
  ],
  es: [
    [NEGATOR, 'no sin nunca jamás nada ni tampoco nadie'],
    [CONTRAST, 'pero sino aunque'],
  ],
  fr: [
    [NEGATOR, 'ne pas jamais rien sans aucun aucune ni'],
    [CONTRAST, 'mais cependant pourtant'],
  ],
  hi: [
    [NEGATOR, 'nahi nahin nhi mat na नहीं मत ना'],
    [CONTRAST, 'lekin magar par लेकिन मगर'],
  ],
  it: [
    [NEGATOR, 'non mai niente senza nessuno nessuna né'],
    [CONTRAST, 'ma però'],
  ],
  pt: [
    [NEGATOR, 'não nao nem nunca sem ninguém nada'],
    [CONTRAST, 'mas porém embora'],
  ],
};

/** Of the hash of a word's compared form. */
export const WORD_SEED = 1;

/** Which of these words, apart by spaces and in their compared form, a hash stands for. */
export const indexOfWords = (words: string): HashIndex =>
  new HashIndex(words.split(' ').map((word) => hashText(word, WORD_SEED)));

function indexOf(words: FunctionWords): HashIndex {
  const traits = new Map<number, number>();
  for (const [trait, list] of words)
    for (const word of list.split(' ')) {
      const hash = hashText(word, WORD_SEED);
      traits.set(hash, (traits.get(hash) ?? 0) | trait);
    }
  return new HashIndex([...traits.keys()], [...traits.values()]);
}

const english = indexOf(ENGLISH);
const others = new Map<string, HashIndex>();

/** By the hash of a word: what it does in a text of that language; -1 when nothing is known. */
export function functionWordsOf(language: string | undefined): HashIndex {
  const own = language === undefined ? undefined : OTHERS[language];
  if (language === undefined || own === undefined) return english;
  let index = others.get(language);
  if (index === undefined) {
    index = indexOf([...ENGLISH, ...own]);
    others.set(language, index);
  }
  return index;
}
