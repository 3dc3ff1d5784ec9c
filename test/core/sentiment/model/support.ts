/** What the tests of the model share: tokens as strings, the shipped models, texts that look like what people write. */
import { createModelFiles } from '../../../../src/adapters/model-files/model-files.ts';
import type { ModelFiles } from '../../../../src/core/sentiment/model.port.ts';
import { readUnits, units } from '../../../../src/core/message/units.ts';
import { newTokens, tokenize, type TokenKind } from '../../../../src/core/sentiment/model/tokens.ts';

export interface Token {
  readonly kind: TokenKind;
  readonly start: number;
  readonly end: number;
}

export function tokensOf(text: string): Token[] {
  const tokens = newTokens();
  tokenize(units, readUnits(text), tokens);
  return Array.from({ length: tokens.count }, (_, index) => ({
    kind: tokens.kinds[index] ?? 'mark',
    start: tokens.starts[index] ?? 0,
    end: tokens.ends[index] ?? 0,
  }));
}

/** `word=good mark=!`. */
export const shown = (text: string): string =>
  tokensOf(text)
    .map(({ kind, start, end }) => `${kind}=${text.slice(start, end)}`)
    .join(' ');

export const SHIPPED = ['sentiment-en', 'sentiment-multi'] as const;
export type Shipped = (typeof SHIPPED)[number];

const files = createModelFiles();
export const openShipped = (name: Shipped): Promise<ModelFiles> => files.open(name);

/** Nobody's language, one that no model covers, and all that are covered. */
export const LANGUAGES = [undefined, 'und', 'ja', 'ar', 'de', 'en', 'es', 'fr', 'hi', 'it', 'pt'] as const;

export const REAL_LOOKING: readonly string[] = [
  '',
  ' ',
  'I love this airline, best crew EVER!!! 😍😍 #NeverFlyingAnotherOne http://t.co/abc',
  "@united I can't believe you lost my bag AGAIN... 3 hours on hold :( #fail",
  'not bad at all, but the second half was sooooo boring :/',
  'RT @user: The service is slow and the food is cold, however the staff are lovely <3',
  'Great. Another delay. Thanks for nothing 🙃',
  'Does anyone know when the store opens on Sunday?',
  'See you at 10:30 (room 4), agenda: https://x.example/a?b=c',
  'f***ing awful, never ever again!!1!',
  'okay i\\u2019m sorry but that looks NOTHING like it',
  'Das Essen war überhaupt nicht gut, leider 😡',
  'Me encanta, pero no es barato ❤️',
  "Je n'aime pas du tout ce film, quelle déception",
  'Che bello! Grazie mille 🇮🇹',
  'não gostei, péssimo atendimento…',
  'بصراحة الخدمة سيئة جدا ولا أنصح بها 👎🏽',
  'यह फिल्म बहुत अच्छी है, मज़ा आ गया!',
  '我爱你 ไทย カタカナ',
  'good '.repeat(900),
  Array.from({ length: 200 }, (_, n) => (n % 2 === 0 ? 'wonderful!' : 'horrible,')).join(' '),
];
