// Messages for benchmarks: about 440 bytes of JSON, of changing words, reproducible.

/** A small generator of numbers in [0, 1) with a seed (mulberry32). */
export function seeded(seed) {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4_294_967_296;
  };
}

const WORDS = (
  'flight gate crew bag seat lounge delay queue agent refund ticket app screen coffee window pilot weather ' +
  'terrible awful late broken lost rude cancelled stuck waiting angry worst sorry problem fail ' +
  'great love thanks smooth friendly happy perfect best quick comfortable kind amazing ' +
  'today again still really just why how the a to from with my our and but for on at in is was'
).split(' ');

/** `prefix`: of its id. */
export function makeMessage(random, index, nowMs, prefix = 'bench') {
  const words = Array.from(
    { length: 14 + Math.floor(random() * 10) },
    () => WORDS[Math.floor(random() * WORDS.length)],
  );
  words.splice(Math.floor(random() * words.length), 0, '@skylineair');
  return JSON.stringify({
    id: `${prefix}-${index}`,
    time: nowMs,
    channel: ['social', 'chat', 'tickets', 'reviews'][index % 4],
    source: 'bench',
    author: {
      id: `u${index % 5_000}`,
      handle: `traveller_${index % 5_000}`,
      followers: Math.floor(random() ** 6 * 100_000),
    },
    text: words.join(' '),
    lang: 'en',
    url: `https://social.example/post/${index}`,
    tags: ['skyline'],
    engagement: {
      likes: Math.floor(random() * 40),
      reposts: Math.floor(random() * 5),
      replies: 1,
      views: 1_200,
    },
  });
}
