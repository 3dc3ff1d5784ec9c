/** Who speaks in the demo, and about what. Nobody here exists. */

export const CITIES = [
  'Leeds',
  'Porto',
  'Oslo',
  'Lisbon',
  'Gdansk',
  'Vienna',
  'Bergen',
  'Valencia',
  'Cork',
  'Turin',
  'Nantes',
];
export const FLIGHTS = [
  'KYA212',
  'KYA118',
  'KYA407',
  'KYA633',
  'KYA951',
  'KYA26',
  'KYA380',
  'KYA574',
  'KYA719',
  'KYA845',
];
export const AGENTS = ['Mara', 'Tobias', 'Ines', 'Callum', 'Priya', 'Jonas', 'Aoife', 'Renato'];
export const FIRST = (
  'ana ben carla dmitri ella farid gwen hugo iris jamal kate liam mei noor otto paula quinn rosa sam tessa ugo vera ' +
  'will ximena yusuf zoe alba bruno chidi dora emre fiona goran hana igor juno kofi lena milo nadia'
).split(' ');
export const LAST = (
  'adler bakes_bread carvalho drives draws eats_late finch from_leeds gardens grant hikes in_porto jansen knits kowalski ' +
  'larsen moreau nilsen novak okafor on_tour osei petrov reads runs_slow rossi sings sousa takes_photos the_third ' +
  'travels vega watches_birds weber writes_code xyz 04 77 88 1991'
).split(' ');
export const KNOWN = {
  skylineair: { name: 'Skyline Air', followers: 88_400, role: 'agent' },
  ninafliesnow: { name: 'Nina Flies', followers: 248_000 },
  thegateagent: { name: 'The Gate Agent', followers: 61_300 },
  marketcloser: { name: 'Market Closer', followers: 132_000 },
  helenonthemove: { name: 'Helen on the Move', followers: 38_700 },
  dadrownoises: { name: 'Dad Row Noises', followers: 17_900 },
  points_per_mile: { name: 'Points per Mile', followers: 54_200 },
  lukasinseat1a: { name: 'Lukas in 1A', followers: 12_600 },
};
export const MOOD = {
  quiet: ['🙂', '✈️', '☕'],
  surge: ['😡', '😤', '🤬', '😭', '🙄'],
  recovery: ['🙏', '❤️', '👏', '😅'],
};
