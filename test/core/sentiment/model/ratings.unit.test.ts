import { expect, test } from 'vitest';
import { gradeOf } from '../../../../src/core/sentiment/model/ratings.ts';
import { analyzerOf } from './support-analysis.ts';

const analyze = analyzerOf();

/** Spelling and grade of each rating. */
function ratingsOf(text: string): string[] {
  const { count, kinds, starts, ends, words } = analyze(text);
  const ratings: string[] = [];
  for (let index = 0; index < count; index += 1)
    if (kinds[index] === 'rating')
      ratings.push(`${text.slice(starts[index], ends[index])} ${words[index]?.form ?? ''}`);
  return ratings;
}

test.each([
  ['10/10', ['10/10 :superb']],
  ['1/10', ['1/10 :dire']],
  ['0/10 would not recommend', ['0/10 :dire']],
  ['5/5 would go again', ['5/5 :superb']],
  ['8 / 10', ['8 / 10 :decent']],
  ['The food was 4/5, the room 2/5, and we left.', ['4/5 :decent', '2/5 :poor']],
  ['Food:5/5 Service:1/5 Price:3/5 ok', ['5/5 :superb', '1/5 :dire', '3/5 :middling']],
  ['I would give the whole long weekend in this hotel a solid 8.5/10', ['8.5/10 :decent']],
  ['Une note de 9,5/10 pour ce film que nous avons vu en famille', ['9,5/10 :superb']],
  ['ten out of ten', ['ten out of ten :superb']],
  ['0 out of 10, would not sit on that sofa again.', ['0 out of 10 :dire']],
  ['3 out of 5 stars.', ['3 out of 5 stars :middling']],
  ['Two stars out of five.', ['Two stars out of five :poor']],
  ['If I could give zero stars I would.', ['zero stars :dire']],
  ['98/100', ['98/100 :superb']],
  ['1 star', ['1 star :dire']],
  ['zero stars', ['zero stars :dire']],
  ['Two stars, the food came cold', ['Two stars :poor']],
  ['Another 1-star review for the app', ['1-star :dire']],
  ['FIVE STARS for the crew', ['FIVE STARS :superb']],
  ['4.5 stars from me', ['4.5 stars :superb']],
  ['★★★★★', ['★★★★★ :superb']],
  ['★☆☆☆☆ cold soup', ['★☆☆☆☆ :dire']],
  ['⭐⭐⭐☆☆', ['⭐⭐⭐☆☆ :middling']],
  ['⭐️⭐️⭐️⭐️⭐️ lovely', ['⭐️⭐️⭐️⭐️⭐️ :superb']],
  ['Room ★★★★☆ Food ★★☆☆☆', ['★★★★☆ :decent', '★★☆☆☆ :poor']],
])('a rating: %s', (text, ratings) => {
  expect(ratingsOf(text)).toEqual(ratings);
});

test.each([
  ['a date', 'The Fall Career Fair is this Wednesday 10/10 in the Murphy Center.'],
  ['a date behind a comma', 'Come to my show next Thursday, 9/10 at the old mill, tickets below!'],
  ['a date', 'Please pay by 5/10 or the order is cancelled.'],
  ['a whole date', 'Delivered on 5/10/2016 and 2016/5/10'],
  ['a place in a thread', 'We need to talk about what happened to rents in this town. 1/5'],
  ['a place in a thread', '2/10 So I went through the numbers of all boroughs once more.'],
  ['a place in a thread', 'The council (3/5) then went on to sell the whole site.'],
  ['a place in a row', 'Part 4/10 is on the second disc, the others are not.'],
  ['a part', 'I had 1/5 of the pizza and gave the rest away'],
  ['what is counted', '8 out of 10 cats like it'],
  ['what is counted', 'Just had 15/100 requests left before midnight'],
  ['more than the best', '12/10 and 7/5 and 24/7'],
  ['a longer number', 'route 115/10, part 5/55, tyre 5/5R, ticket 4/5-3'],
  ['a price', '$5/10 or €4/5 a piece for both'],
  ['a category', 'They sleep in a 4 star hotel in Rome'],
  ['people', 'The five stars of the show were there'],
  ['more stars than are given', 'A general of 12 stars'],
  ['too many stars', '★★★★★★'],
  ['too few stars', '★★☆'],
  ['stars in no order', '★☆★☆★'],
  ['stars apart', '★ ★ ★ ★ ★'],
  ['no star at all', '☆☆☆☆☆'],
  ['nothing', 'and/or either/or out of order, star of the week'],
])('no rating, but %s: %s', (_what, text) => {
  expect(ratingsOf(text)).toEqual([]);
});

test('what stands around a rating stays as it was', () => {
  const text = 'Great food! 4/5 stars, and ⭐⭐⭐⭐⭐ for Ana :)';
  const { count, kinds, starts, ends } = analyze(text);
  const tokens = Array.from({ length: count }, (_, at) => `${kinds[at]}=${text.slice(starts[at], ends[at])}`);
  expect(tokens).toEqual([
    'word=Great',
    'word=food',
    'mark=!',
    'rating=4/5 stars',
    'mark=,',
    'word=and',
    'rating=⭐⭐⭐⭐⭐',
    'word=for',
    'word=Ana',
    'emoticon=:)',
  ]);
});

test.each([
  ['3/10', 'dire'],
  ['5/10', 'poor'],
  ['6/10', 'middling'],
  ['8/10', 'decent'],
  ['9/10', 'superb'],
])('the grade of %s is %s', (rating, grade) => {
  expect(gradeOf(rating)).toBe(grade);
});
