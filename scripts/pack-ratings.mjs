// Makes models/training/rated.bin: ratings of texts, which are known there by a hash.
// Usage: npm run build && node scripts/pack-ratings.mjs FILE [OUT]     (FILE: lines of a rating from -4 to 4, a tab and a text)
import { readFileSync, writeFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { packRatings } from '../dist/app/train/ratings.js';
import { normalizeText } from '../dist/core/message/text.js';

const [rated, out = fileURLToPath(new URL('../models/training/rated.bin', import.meta.url))] =
  process.argv.slice(2);
if (rated === undefined) {
  console.error('usage: node scripts/pack-ratings.mjs FILE [OUT]');
  process.exit(2);
}
const texts = readFileSync(rated, 'utf8')
  .trimEnd()
  .split('\n')
  .map((line, index) => {
    const tab = line.indexOf('\t');
    const rating = Number(line.slice(0, tab));
    if (tab <= 0 || !(Math.abs(rating) <= 4)) {
      throw new Error(
        `${rated}, line ${index + 1}: starts with ${line.slice(0, Math.max(tab, 12))}, no rating from -4 to 4`,
      );
    }
    return { rating, text: normalizeText(line.slice(tab + 1), 'auto') };
  });
writeFileSync(out, packRatings(texts));
console.log(`${out}: ${texts.length} texts`);
