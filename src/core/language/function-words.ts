/** Small words that give a language away, by what they say. Words that are common in two of these groups are in none. */

export const ENGLISH = 1;
/** Another language than English and Hindi. */
export const FOREIGN = 2;
/** Hindi in Latin letters, and hardly anything else. */
export const HINDI = 3;
/** Hindi where another word says so. */
export const HINDI_PERHAPS = 4;
/** With 0, of all other words. */
export const GROUPS = 5;

const WORDS: readonly (readonly [group: number, words: string])[] = [
  [
    ENGLISH,
    'the and you my your with this that have what just it its dont be they their them from about when ' +
      'would could should not out up got get know going go today tomorrow tonight cant wont didnt doesnt ' +
      'isnt she his him how who why there been our than then because if but by day days good great love ' +
      'like really only after before here think want see make still never always every much people night ' +
      'week year back off some those these which where into did does had ive id ill youre thats lets need ' +
      'thing things very too now right next last first way well best better work watching gonna wanna ' +
      'thanks please hope feel haha yeah being for of more new oh hey cool wish miss tired sad another ' +
      'nothing someone everyone morning weekend soon again long little big bad let say said look looks ' +
      'looking come coming take watch play done were',
  ],
  [
    FOREIGN,
    'que qué zu zum vom bei nur ihr keine kein mein meine jetzt wird sind gibt oder nach mehr hab bin los ' +
      'las del por para una pero mas más muy está esta cómo cuando donde porque eu não nao um uma você voce ' +
      'tá isso meu minha são les des une dans pour avec pas sur qui vous nous cest jai être sont der das ' +
      'und nicht ich ein eine auf mit auch wir sie noch für aber wenn dass het een niet maar ook che della ' +
      'il non sono anche questo perché più gli nel och att det är inte ikke jeg yang aku ini itu dan untuk ' +
      'tidak mga ang bir için çok değil nie jest się nem hogy ja minä el en y la le du et au de di ha ho ' +
      'hoy yo ya tengo estoy gracias je elle tu te se si lo è com na no da em só muito hoje',
  ],
  [
    HINDI,
    'hai hain nahi nahin nhi kya kyun kyu kyo bhi mein aur apne apni apna raha rahe rahi koi aap mera ' +
      'meri mere tera teri tere bhai kuch kuchh bahut bohot bhot toh woh thi gaya gayi gaye gya gyi liye ' +
      'wala wale wali hua hui hota hoti hote yaar kaise kaun kahan kaha abhi sirf agar lekin magar phir fir ' +
      'kabhi karo karna karne karta karte krne kiya diya liya hoga hogi mujhe tumhe humko hamare hamara ' +
      'apke aapke aapka apka unke unki uske uski iske isko usko acha accha sahi zindagi dekho bol bolo bata ' +
      'aisa aise aisi tarah jaise sabse saath baat',
  ],
  [
    HINDI_PERHAPS,
    'ke ko ki tha yeh ka kar kr ye hu hum tum ab jo ne pe par sir ek do bas rha rhi rhe h p k n m ji sab ' +
      'wo jab tab kal kab aaj din log mat plz',
  ],
];

/** FNV-1a over UTF-16 units; `add` for each unit, beginning with `EMPTY_HASH`. */
export const EMPTY_HASH = 0x811c9dc5 | 0; // As a signed number: one beyond 2^31 would be reckoned with as a float.
export function addToHash(hash: number, unit: number): number {
  return Math.imul(hash ^ unit, 0x01000193);
}

const SLOTS = 2_048;
/** Open addressing, a quarter full: asked for every word of every text. */
const hashes = new Int32Array(SLOTS);
const groups = new Uint8Array(SLOTS);

for (const [group, words] of WORDS) {
  for (const word of words.split(' ')) {
    let hash = EMPTY_HASH;
    for (let at = 0; at < word.length; at += 1) hash = addToHash(hash, word.charCodeAt(at));
    let slot = hash & (SLOTS - 1);
    while (groups[slot] !== 0 && hashes[slot] !== hash) slot = (slot + 1) & (SLOTS - 1);
    hashes[slot] = hash;
    groups[slot] = group;
  }
}

/** The group of a word by its hash; 0 for any other word. */
export function groupOf(hash: number): number {
  for (let slot = hash & (SLOTS - 1); groups[slot] !== 0; slot = (slot + 1) & (SLOTS - 1))
    if (hashes[slot] === hash) return groups[slot] ?? 0;
  return 0;
}
