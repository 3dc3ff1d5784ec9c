/** Pairs of words that together mean something else than each by itself: names (`Happy Meal`, `Miss Universe`) and fixed turns
 *  (`right now`, `looks like`). What lexicons say of the words is not said there. */
import { HashIndex } from '../../random/hash-index.ts';
import { WORD_SEED } from './function-words.ts';
import { combine, hashText } from './hash.ts';

/** In their compared form; a digit is `0`. */
const NAMES =
  'amazon fire, amazon prime, amazon web, american horror, angry birds, angry orchard, arcade fire, bad boys, bad ' +
  'bunny, bad homburg, best buy, best western, bloody mary, bloody sunday, bob hope, breaking bad, captain marvel, ' +
  "champions league, chief justice, child's play, clean bandit, clone wars, cold brew, cool hand, cool whip, " +
  'courtney love, crash bandicoot, crash course, crazy ex, crazy frog, crazy horse, crazy rich, criminal minds, ' +
  'crisis core, cruel intentions, cruel summer, dark horse, dark knight, dark matter, dark souls, dark web, dead ' +
  'redemption, dead sea, death note, death row, death star, death stranding, death valley, desperate housewives, ' +
  'despicable me, dirty dancing, dirty harry, disaster artist, donald trump, doom patrol, evil dead, evil ' +
  'geniuses, evil queen, faith hill, fat joe, fatal attraction, fatal fury, fear factor, fire alarm, fire emblem, ' +
  'fire stick, fire tv, foo fighters, free agency, free agent, free agents, free kick, free throw, free throws, ' +
  'free willy, furious 0, ghost rider, good charlotte, good friday, good housekeeping, good omens, google play, ' +
  'grand canyon, grand central, grand national, grand prix, grand slam, grand theft, grateful dead, grumpy cat, ' +
  'guilty gear, happy feet, happy gilmore, happy hour, happy meal, happy meals, happy socks, hard cover, hard ' +
  "disk, hard drive, hard rock, hell's angels, hell's kitchen, homeland security, hope solo, horrible bosses, " +
  'horrible histories, horror story, hot chocolate, hot dog, hot dogs, hot sauce, hot tub, hot wheels, hunger ' +
  'games, hurt locker, infinity war, innocent smoothie, innocent smoothies, insane clown, ivanka trump, jolly ' +
  'rancher, joy division, judas priest, justice department, justice league, kevin love, kill bill, killer ' +
  'instinct, killer mike, killer whale, killer whales, killing eve, kindle fire, leeds united, little liars, ' +
  'lonely hearts, lonely island, lonely planet, lost ark, love actually, love hewitt, love island, lucky charms, ' +
  'lucky strike, mad catz, mad max, mad men, magic johnson, magic mike, man united, manchester united, marvel ' +
  'cinematic, marvel comics, marvel movie, marvel studios, marvel universe, mean girls, melania trump, miss ' +
  'america, miss marple, miss piggy, miss saigon, miss universe, miss usa, miss world, monster energy, monster ' +
  'high, monster hunter, monster truck, monsters inc, monsters university, nasty gal, national security, newcastle ' +
  "united, peace corps, play store, pleasure beach, poison ivy, poor richard's, president trump, rage against, red " +
  'dead, resident evil, rich asians, right wing, savage garden, scary movie, scary spice, security council, ' +
  'security guard, silent hill, smart car, smart city, smart home, smart phone, smart tv, smart watch, smart ' +
  'water, smash bros, social security, sour cream, sour patch, star wars, stevie wonder, storage wars, street ' +
  'fighter, suicide squad, super bowl, super mario, super nintendo, super smash, super tuesday, supreme court, ' +
  'sweet corn, sweet potato, sweet potatoes, sweet tea, theft auto, toxic avenger, treasure island, tropic ' +
  'thunder, true blood, true detective, true grit, true religion, trump administration, trump campaign, trump jr, ' +
  'trump rally, trump tower, ugly betty, united airlines, united center, united kingdom, united nations, united ' +
  'states, vampire weekend, violent femmes, virgin atlantic, virgin media, walking dead, war machine, war thunder, ' +
  'war z, wonder park, wonder woman, wonder years, worst witch';

const TURNS =
  'as well, feel like, feeling like, feels like, felt like, just like, look like, looked like, looking like, looks ' +
  'like, no longer, no matter, no one, right back, right here, right now, right there, seem like, seems like, ' +
  'smells like, something like, sound like, sounds like, tastes like';

const COMPOUNDS = new HashIndex(
  `${NAMES}, ${TURNS}`.split(', ').map((pair) => {
    const [first = '', second = ''] = pair.split(' ');
    return combine(hashText(first, WORD_SEED), hashText(second, WORD_SEED));
  }),
);

/** Whether two words, by the hashes of their compared forms, are one. */
export const isCompound = (first: number, second: number): boolean =>
  COMPOUNDS.get(combine(first, second)) >= 0;
