/** Writing systems that decide, or narrow down, a language by themselves. */

export const NO_LETTER = 0;
/** Beyond ASCII: é, ß, ł. */
export const LATIN = 1;

interface Script {
  /** The most common of the languages that are written in it. */
  readonly language: string;
  /** Whether several languages share it, so that the n-grams are asked which one. */
  readonly shared: boolean;
  /** First and last code unit of each range. */
  readonly ranges: readonly (readonly [first: number, last: number])[];
}

/** By class: `SCRIPTS[class - 2]`. */
const SCRIPTS: readonly Script[] = [
  {
    language: 'ar',
    shared: true,
    ranges: [
      [0x0600, 0x077f],
      [0x08a0, 0x08ff],
      [0xfb50, 0xfdff],
      [0xfe70, 0xfefe],
    ],
  },
  { language: 'hi', shared: true, ranges: [[0x0900, 0x097f]] },
  { language: 'ru', shared: true, ranges: [[0x0400, 0x052f]] },
  { language: 'ja', shared: false, ranges: [[0x3040, 0x30ff]] },
  { language: 'zh', shared: false, ranges: [[0x3400, 0x9fff]] },
  {
    language: 'ko',
    shared: false,
    ranges: [
      [0x1100, 0x11ff],
      [0xac00, 0xd7af],
    ],
  },
  { language: 'el', shared: false, ranges: [[0x0370, 0x03ff]] },
  { language: 'he', shared: false, ranges: [[0x0590, 0x05ff]] },
  { language: 'th', shared: false, ranges: [[0x0e00, 0x0e7f]] },
  { language: 'hy', shared: false, ranges: [[0x0530, 0x058f]] },
  { language: 'ka', shared: false, ranges: [[0x10a0, 0x10ff]] },
  { language: 'bn', shared: true, ranges: [[0x0980, 0x09ff]] },
  { language: 'pa', shared: false, ranges: [[0x0a00, 0x0a7f]] },
  { language: 'gu', shared: false, ranges: [[0x0a80, 0x0aff]] },
  { language: 'or', shared: false, ranges: [[0x0b00, 0x0b7f]] },
  { language: 'ta', shared: false, ranges: [[0x0b80, 0x0bff]] },
  { language: 'te', shared: false, ranges: [[0x0c00, 0x0c7f]] },
  { language: 'kn', shared: false, ranges: [[0x0c80, 0x0cff]] },
  { language: 'ml', shared: false, ranges: [[0x0d00, 0x0d7f]] },
  { language: 'si', shared: false, ranges: [[0x0d80, 0x0dff]] },
  { language: 'lo', shared: false, ranges: [[0x0e80, 0x0eff]] },
  { language: 'my', shared: false, ranges: [[0x1000, 0x109f]] },
  { language: 'km', shared: false, ranges: [[0x1780, 0x17ff]] },
  { language: 'am', shared: false, ranges: [[0x1200, 0x137f]] },
];

const FIRST_SCRIPT = 2;
export const CLASSES = FIRST_SCRIPT + SCRIPTS.length;

const classOf = (language: string) =>
  FIRST_SCRIPT + SCRIPTS.findIndex((script) => script.language === language);
/** A text with both is Japanese. */
export const KANA = classOf('ja');
export const HAN = classOf('zh');

export function scriptOf(unitClass: number): Script | undefined {
  return SCRIPTS[unitClass - FIRST_SCRIPT];
}

/** `NO_LETTER`, `LATIN`, or a script by its class, for each code unit of the basic plane. */
export const UNIT_CLASSES: Uint8Array = classify();

function classify(): Uint8Array {
  const classes = new Uint8Array(0x10000);
  for (const [first, last] of [
    [0x41, 0x5a],
    [0x61, 0x7a],
    [0xc0, 0x24f],
    [0x1e00, 0x1eff],
  ] as const)
    classes.fill(LATIN, first, last + 1);
  classes[0xd7] = classes[0xf7] = NO_LETTER; // × and ÷
  for (const [index, { ranges }] of SCRIPTS.entries())
    for (const [first, last] of ranges) classes.fill(FIRST_SCRIPT + index, first, last + 1);
  for (const mark of [0x060c, 0x061b, 0x061f, 0x0640, 0x0964, 0x0965, 0x30fb, 0x30fc])
    classes[mark] = NO_LETTER;
  return classes;
}
