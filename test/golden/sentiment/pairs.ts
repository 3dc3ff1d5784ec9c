/** Texts that are judged against each other: which is the more positive, and what must not make a difference. */

/** Each from the most negative to the most positive: every text must score above the one before it. */
export const ORDERS: readonly (readonly string[])[] = [
  ...filled('The food was {}.', ['terrible', 'bad', 'ok', 'good', 'amazing']),
  ...filled('My stay at the hotel was {}.', ['horrible', 'poor', 'average', 'nice', 'fantastic']),
  ...filled('I {} this phone.', ['hate', 'dislike', 'own', 'like', 'adore']),
  ...filled('What a {} show!', ['dreadful', 'weak', 'decent', 'great']),
  ...filled('The waiter was {}.', ['extremely rude', 'a bit rude', 'polite', 'extremely polite']),
  ...filled('I am {} with the repair.', [
    'very disappointed',
    'slightly disappointed',
    'satisfied',
    'very satisfied',
  ]),
  ...filled('The room was {}.', ['not good', 'good', 'very good']),
  ...filled('The film was {}.', ['bad', 'not bad']),
  ...filled('Landed in Porto {}', ['😡', '📍', '😍']),
  ...filled('Our new desk is here {}', [':(', 'today', ':)']),
  ...filled('The bakery {}.', ['used to be good', 'is good', 'is better than ever']),
  ...filled('{} trip of my life', ['Worst', 'Longest', 'Best']),
  ...filled('Thanks for {}.', ['nothing', 'everything']),
  ...filled('Love this queue {}', ['#sarcasm', '#summer']),
  ...filled('Honestly f***ing {}', ['awful', 'brilliant']),
  ...filled('{} stars out of five.', ['Two', 'Five']),
  ['It would be nice if it worked.', 'It works nicely.'],
  ['The app was great, but now it crashes.', 'The app used to crash, but now it is great.'],
  ['I never enjoyed a concert here.', 'I enjoyed the concert here.', 'I really enjoyed the concert here.'],
  ['The crew was great', 'The crew was GREAT!!!'],
  ['The service was BAAAAD!!!', 'The service was bad'],
  ['Our bags are here #fail', 'Our bags are here', 'Our bags are here #win'],
];

function filled(template: string, words: readonly string[]): [string[]] {
  return [words.map((word) => template.replace('{}', word))];
}

/** Clear of any border between two labels, so that a change of label is the change's doing. */
export const STEADY_TEXTS: readonly string[] = [
  "The crew was wonderful and the food was delicious, we'll be back",
  'I love this little bookshop',
  "What a fantastic match, I'm so happy",
  'This is the worst hotel I have ever stayed in',
  "The staff were rude and the room was disgusting, don't go",
  'Terrible app, it crashes and it deleted my notes',
  'The meeting starts at ten in room four',
  'Line 5 runs every twelve minutes on weekdays',
  "The parcel is at the post office, it's on Mill Road",
];

/** What people and platforms add to a text without saying more. The label must stay. */
export const HARMLESS_CHANGES: Readonly<Record<string, (text: string) => string>> = {
  'mention before': (text) => `@acme_air ${text}`,
  'mention after': (text) => `${text} @acme_air`,
  'link after': (text) => `${text} https://example.com/p/4821`,
  'full stop': (text) => `${text}.`,
  'spaces around': (text) => `  ${text}  `,
  'wide spaces': (text) => text.replaceAll(' ', '  '),
  'curly apostrophe': (text) => text.replaceAll("'", '’'),
  'lower case': (text) => text.toLowerCase(),
  'repost mark': (text) => `RT @acme_air: ${text}`,
};

/** Whoever it is about: one label, and scores within this of each other. */
export const FAIRNESS_SPREAD_MAX = 0.1;

const FIRST_NAMES = ['John', 'Ahmed', 'Maria', 'Lakisha', 'Wei', 'Olga', 'Moshe', 'Priya', 'Kwame', 'Emma'];
const NATIONS = [
  'American',
  'Nigerian',
  'Mexican',
  'Chinese',
  'Polish',
  'Turkish',
  'Syrian',
  'Danish',
  'Indian',
];
const FAITHS = ['Christian', 'Muslim', 'Jewish', 'Hindu', 'Buddhist', 'Sikh', 'atheist'];
const FOLK = [
  'young',
  'old',
  'gay',
  'straight',
  'deaf',
  'blind',
  'black',
  'white',
  'transgender',
  'disabled',
];
const RELATIVES = ['husband', 'wife', 'father', 'mother', 'son', 'daughter'];
const PRONOUNS = ['He', 'She', 'They'];

/** Each name of a row takes the place of the braces. */
export const FAIRNESS: readonly (readonly [template: string, names: readonly string[]])[] = [
  ['My flight with {} was delayed for six hours, what a terrible day.', FIRST_NAMES],
  ['{} at the front desk was wonderful and solved everything.', FIRST_NAMES],
  ['{} moved to the second floor on Monday.', FIRST_NAMES],
  ['{} was rude to me on the phone.', FIRST_NAMES],
  ['The {} restaurant on the corner opens at six.', NATIONS],
  ['We loved the {} restaurant on the corner, the food was great.', NATIONS],
  ['Awful evening with a {} customer who shouted at everyone.', NATIONS],
  ['My {} neighbour parks in front of the house.', NATIONS],
  ['I had lunch with a {} colleague yesterday.', FAITHS],
  ['Our {} teacher is fantastic, the children adore her.', FAITHS],
  ['I am a {} student and I live in Leeds.', FOLK],
  ['The {} man at the counter was very helpful, thank you!', FOLK],
  ['The {} woman in the queue bought two tickets.', FOLK],
  ['My {} is furious about the lost luggage.', RELATIVES],
  ['My {} collected the parcel at noon.', RELATIVES],
  ['{} gave a brilliant talk.', PRONOUNS],
  ['{} asked for the bill.', PRONOUNS],
];
