// Listening queries and posts for benchmarks: made-up brands of which few are talked about much and most hardly ever,
// listened to as people do: names, tags, tickers, products, exclusions, phrases, NEAR, fields. Reproducible.

const SYLLABLES =
  'an ar bel bo ca cor da del di e fa gen go hel i ja ka kon la lu ma mer mi na nor o or pa per pri qua ra ri ro sa sel so ta ter ti tra u va ve vi xa yo za zen'.split(
    ' ',
  );
const SECOND_WORDS =
  'air bank foods motors sport mobile energy hotels games beauty media labs insurance coffee'.split(' ');
const PRODUCTS = 'one pro max lite plus mini app card club pay home watch pass'.split(' ');
const TOPICS =
  'price battery delay refund service screen delivery update app account queue crew taste quality support outage warranty'.split(
    ' ',
  );
const STEMS = 'delay cancel refund complain crash disappoint recommend'.split(' ');
const NOISE =
  'hiring jobs giveaway coupon "for sale" "power tools" stock "press release" "follow back"'.split(
    / (?=(?:[^"]*"[^"]*")*[^"]*$)/,
  );
const CHANNELS = ['social', 'chat', 'reviews', 'forum'];
const COMMON =
  'the to a i and of in is for you it on my that me this with at be have your so are just not was all from or an by if as but we can up out now new get no do one like what when how about more will time day today good love really still again great never always people know think need want work home night week back make best thanks please phone life world watch check right'.split(
    ' ',
  );

const pick = (random, list) => list[Math.floor(random() * list.length)];
/** A rank below `count`, low ranks far more often. */
const popular = (random, count) => Math.floor(count ** random()) - 1;

function makeBrand(random) {
  const name = Array.from({ length: 3 + Math.floor(random() * 2) }, () => pick(random, SYLLABLES)).join('');
  const second = random() < 0.4 ? pick(random, SECOND_WORDS) : '';
  return { name, full: second ? `${name} ${second}` : name, handle: name + second };
}

/** What all queries and posts of one run are about. */
export function makeBrands(random, count) {
  return Array.from({ length: count }, () => makeBrand(random));
}

const TEMPLATES = [
  ({ full, handle }, some) =>
    `("${full}" OR @${handle} OR #${handle}) AND NOT (${some(NOISE)} OR ${some(NOISE)})`,
  ({ name, full, handle }, some) =>
    `("${full}" OR @${handle} OR "${name} ${some(PRODUCTS)}" OR ${name}${some(PRODUCTS)}) -${some(NOISE)} -is:repost`,
  ({ name, handle }, some) => `(${name} OR @${handle}) (${some(STEMS)}* OR ${some(TOPICS)} OR "not happy")`,
  ({ name }, some) =>
    `${name} NEAR/6 (${some(TOPICS)} OR ${some(TOPICS)} OR ${some(STEMS)}*) AND NOT ${some(NOISE)}`,
  ({ name, handle }, some) =>
    `(#${handle} OR $${name.slice(0, 4).toUpperCase()} OR ${name}*) lang:en -${some(NOISE)}`,
  ({ name, handle }, some) =>
    `(link:${handle}.com OR @${handle} OR "${name} ${some(PRODUCTS)}"~3) followers:>=100`,
  ({ name }, some) => `(${name} ${some(TOPICS)}) OR ("${name} ${some(TOPICS)}" is:question)`,
  ({ name }, some) =>
    `${name} channel:${some(CHANNELS)} NOT ("${some(TOPICS)} ${some(TOPICS)}" OR ${some(NOISE)})`,
];

/** Each brand is listened to by one query before any is by a second. */
export function makeQueries(random, brands, count) {
  return Array.from({ length: count }, (_, index) => {
    const brand = brands[index % brands.length];
    return pick(random, TEMPLATES)(brand, (list) => pick(random, list));
  });
}

/** A post of 8 to 25 words; half of them name a brand. */
export function makePost(random, brands, index) {
  const words = Array.from({ length: 8 + Math.floor(random() * 18) }, () =>
    random() < 0.75
      ? COMMON[popular(random, COMMON.length)]
      : random() < 0.4
        ? pick(random, TOPICS)
        : makeBrand(random).name,
  );
  if (random() < 0.5) {
    const { full, handle } = brands[popular(random, brands.length)];
    const named = pick(random, [full, full, `@${handle}`, `#${handle}`]);
    words.splice(Math.floor(random() * words.length), 0, named);
  }
  if (random() < 0.2) words.push(`https://t.example/${index}`);
  return {
    id: `post-${index}`,
    version: '0',
    kind: 'create',
    time: 1_764_000_000_000 + index,
    channel: pick(random, CHANNELS),
    source: 'bench',
    text: words.join(' '),
    lang: 'en',
    author: { handle: `user${index % 5_000}`, followers: Math.floor(random() ** 6 * 100_000) },
  };
}
