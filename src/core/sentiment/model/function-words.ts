/** Words that turn or contrast what stands behind them, by language. A word of one language may mean something else in
 *  another (`sin`, `mat`, `no`), so each text is read with English and its own language only. */

interface FunctionWords {
  readonly negators: ReadonlySet<string>;
  readonly contrasts: ReadonlySet<string>;
}

const words = (list: string): ReadonlySet<string> => new Set(list.split(' '));

export const ENGLISH: FunctionWords = {
  negators: words(
    'not no never cannot without hardly barely scarcely nobody nothing neither nor none nowhere aint dont cant wont didnt ' +
      'doesnt isnt wasnt arent werent havent hasnt hadnt couldnt shouldnt wouldnt nope lack lacks lacking rarely seldom',
  ),
  contrasts: words('but however although though yet except whereas nevertheless nonetheless unless despite'),
};

const OTHERS: Readonly<Record<string, FunctionWords>> = {
  ar: { negators: words('لا ليس مش لم لن ما مو غير بدون'), contrasts: words('لكن بس') },
  de: {
    negators: words('nicht kein keine keinen keiner nie niemals ohne weder'),
    contrasts: words('aber sondern jedoch obwohl doch'),
  },
  es: { negators: words('no sin nunca jamás nada ni tampoco nadie'), contrasts: words('pero sino aunque') },
  fr: {
    negators: words('ne pas jamais rien sans aucun aucune ni'),
    contrasts: words('mais cependant pourtant'),
  },
  hi: { negators: words('nahi nahin nhi mat na नहीं मत ना'), contrasts: words('lekin magar par लेकिन मगर') },
  it: { negators: words('non mai niente senza nessuno nessuna né'), contrasts: words('ma però') },
  pt: { negators: words('não nao nem nunca sem ninguém nada'), contrasts: words('mas porém embora') },
};

const NONE: FunctionWords = { negators: new Set(), contrasts: new Set() };

/** Of a language beside English; nothing for one that is not known. */
export const functionWordsOf = (language: string | undefined): FunctionWords =>
  (language === undefined ? undefined : OTHERS[language]) ?? NONE;
