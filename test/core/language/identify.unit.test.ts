/** Goal: what is declared is believed; English is not taken for anything else; other languages are told, or doubted. */
import { describe, expect, test } from 'vitest';
import { createModelFiles } from '../../../src/adapters/model-files/model-files.ts';
import { declaredLanguage } from '../../../src/core/language/declared.ts';
import { createIdentifier, declaredOnly } from '../../../src/core/language/identify.ts';
import { loadNgramTable } from '../../../src/core/language/ngram-table.ts';
import { HOSTILE } from '../sentiment/texts.ts';

const identify = createIdentifier(loadNgramTable(await createModelFiles().open('language')));

test.each([
  ['en', 'en'],
  ['en-GB', 'en'],
  [' EN_us ', 'en'],
  ['eng', 'en'],
  ['iw', 'he'],
  ['fil', 'fil'],
  ['', undefined],
  ['und', undefined],
  ['zxx', undefined],
  ['qme', undefined],
  ['mul', undefined],
  ['english', undefined],
  ['x-klingon', undefined],
  ['<script>', undefined],
  [undefined, undefined],
])('declared %j is %j', (tag, language) => {
  expect(declaredLanguage(tag)).toBe(language);
  expect(declaredOnly('Ich liebe dich', tag)).toBe(language ?? 'und');
});

test('what is declared goes before what the text shows', () => {
  expect(identify('Ich liebe diese Stadt', 'fr')).toBe('fr');
  expect(identify('Ich liebe diese Stadt', 'und')).toBe('de');
});

describe('the text', () => {
  test.each<[language: string, ...texts: string[]]>([
    [
      'en',
      'I just love this airline, thanks for the upgrade!',
      'waited 3 hours and nobody told us why',
      '@skylineair your app is down again #fail https://t.co/xyz',
      'Great job, only four hours late',
      'Hasta la vista, baby, and thanks for all the fish',
    ],
    [
      'de',
      'Ich habe heute schon wieder zwei Stunden auf den Zug gewartet',
      'Gute Nacht, ihr Lieben, bis morgen!',
    ],
    ['fr', "J'adore ce film, il est vraiment magnifique", 'Le service client ne répond jamais, quelle honte'],
    ['es', 'Estoy muy feliz con el nuevo teléfono', '¿Por qué nadie contesta en esta empresa?'],
    [
      'it',
      'Non vedo l’ora di tornare a casa, sono stanchissima',
      'Che bella giornata, grazie a tutti gli amici',
    ],
    ['pt', 'Não acredito que o voo foi cancelado outra vez', 'Que saudade da minha família, volto logo'],
    ['ar', 'الخدمة سيئة جدا ولن أعود مرة أخرى', 'شكرا جزيلا'],
    ['hi', 'yaar kya mast movie hai, maza aa gaya', 'मुझे यह फिल्म बहुत पसंद आई', 'service bahut kharab hai bhai'],
    ['nl', 'Ik heb vandaag weer twee uur op de trein staan wachten, wat een ellende'],
    ['tr', 'Bugün yine iki saat boyunca otobüs bekledim, çok yoruldum'],
    ['pl', 'Dzisiaj znowu czekałem dwie godziny na pociąg, co za wstyd'],
    ['sv', 'Jag har väntat på tåget i två timmar och ingen säger någonting'],
    ['ms', 'Saya sudah menunggu kereta selama dua jam dan tidak ada penjelasan'],
    ['ru', 'Я снова два часа ждал поезд, какой ужас'],
    ['uk', 'Я знову дві години чекав на потяг, який жах, нічого не кажуть'],
    ['fa', 'من دوباره دو ساعت منتظر قطار بودم و هیچ‌کس چیزی نمی‌گوید'],
    ['ja', '今日も電車を二時間待ちました'],
    ['zh', '今天又等了两个小时的火车'],
    ['ko', '오늘도 기차를 두 시간 기다렸어요'],
    ['th', 'วันนี้รอรถไฟสองชั่วโมง'],
    ['el', 'Περίμενα πάλι δύο ώρες το τρένο'],
    ['he', 'חיכיתי שוב שעתיים לרכבת'],
  ])('%s', (language, ...texts) => {
    expect(texts.map((text) => identify(text))).toEqual(texts.map(() => language));
  });

  test.each([
    '',
    '   ',
    '😀😀',
    '@user http',
    '@ana #love https://t.co/x',
    '12:30',
    'lol',
    'ok',
    'super',
    'Skyline Air',
    'xoxo',
  ])('%j says nothing', (text) => {
    expect(identify(text)).toBe('und');
  });

  test.each(['Preparando o churrasco!!', 'muito linda', 'danke schön', 'que calor'])(
    '%j is not English, that much is sure',
    (text) => {
      expect(['und', 'en']).not.toContain(identify(text));
    },
  );

  test('names, tags and links do not count', () => {
    expect(
      identify('I really love it @Bundesregierung #Donaudampfschifffahrt https://nicht.und.die/der'),
    ).toBe('en');
    expect(identify('@und @die #nicht http://der.das')).toBe('und');
  });
});

test.each(HOSTILE)('hostile: %s', (_why, text) => {
  const spentMs = [0, 1, 2].map(() => {
    const startMs = performance.now();
    expect(identify(text)).toMatch(/^[a-z]{2,3}$/);
    return performance.now() - startMs;
  });
  expect(Math.min(...spentMs)).toBeLessThan(1_000); // Under a millisecond at rest; an unbounded search takes minutes.
});

test('what was looked at before does not show', () => {
  const texts = ['Ich liebe dich', 'I love you too', 'नमस्ते', '', 'kya hai yaar', 'мир'];
  const alone = texts.map((text) => identify(text));
  expect([...texts].reverse().map((text) => identify(text))).toEqual([...alone].reverse());
});
