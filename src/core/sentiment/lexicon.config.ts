import { z } from 'zod';
import { termForm } from './lexicon.ts';

const ENTRIES_MAX = 2_000;
const TERM_CHARS_MAX = 100;
const WEIGHT_MAX = 4;

/** Weight by term. */
export const lexiconConfig = z
  .record(z.string().min(1).max(TERM_CHARS_MAX), z.number().min(-WEIGHT_MAX).max(WEIGHT_MAX))
  .superRefine((lexicon, ctx) => {
    const terms = Object.keys(lexicon);
    if (terms.length > ENTRIES_MAX) {
      const message = `must have at most ${ENTRIES_MAX} entries; it has ${terms.length}`;
      ctx.addIssue({ code: 'custom', message });
      return;
    }
    const first = new Map<string, string>();
    for (const term of terms) {
      const form = termForm(term);
      const same = form === undefined ? undefined : first.get(form);
      if (form !== undefined && same === undefined) first.set(form, term);
      else {
        const what = same === undefined ? 'holds no word and no emoji' : `is the same term as '${same}'`;
        ctx.addIssue({ code: 'custom', path: [term], message: `'${term}' ${what}` });
      }
    }
  });
