/** The `post_processor` of a tokenizer.json: the tokens that are put around every text, as `[CLS] … [SEP]`. */
import { z } from 'zod';
import { buildPart, malformed, parsePart, unsupported } from './errors.ts';
import { isTokenId } from './token-model.ts';

/** Ids before and after those of the text. */
export interface Frame {
  readonly before: readonly number[];
  readonly after: readonly number[];
}

const EMPTY: Frame = { before: [], after: [] };

const tokenPair = z.tuple([z.string(), z.int().min(0)]);
const clsSepSpec = z.looseObject({ cls: tokenPair, sep: tokenPair });

function clsSep(spec: unknown, place: string): Frame {
  const { cls, sep } = parsePart(clsSepSpec, spec, place);
  return { before: [cls[1]], after: [sep[1]] };
}

const templatePart = z.looseObject({ id: z.string(), type_id: z.int().default(0) });
const templateSpec = z.looseObject({
  single: z.array(z.union([z.object({ SpecialToken: templatePart }), z.object({ Sequence: templatePart })])),
  special_tokens: z.record(z.string(), z.looseObject({ ids: z.array(z.int().min(0)) })),
});

function template(spec: unknown, place: string): Frame {
  const { single, special_tokens: special } = parsePart(templateSpec, spec, place);
  const before: number[] = [];
  const after: number[] = [];
  let seen = 0;
  for (const [index, part] of single.entries()) {
    const at = `${place}.single.${index}`;
    const { id, type_id: type } = 'Sequence' in part ? part.Sequence : part.SpecialToken;
    if (type !== 0) throw unsupported(`${at}.type_id`, type, ['0']);
    if ('Sequence' in part) seen += 1;
    else {
      const ids = Object.hasOwn(special, id) ? special[id]?.ids : undefined;
      if (ids?.every(isTokenId) !== true)
        throw malformed(`${at}.id`, id, `a token of ${place}.special_tokens`);
      (seen === 0 ? before : after).push(...ids);
    }
  }
  if (seen !== 1) throw unsupported(`${place}.single`, single, ['a template with one Sequence']);
  return { before, after };
}

function sequence(spec: unknown, place: string): Frame {
  const { processors } = parsePart(z.looseObject({ processors: z.array(z.unknown()) }), spec, place);
  return processors
    .map((one, index) => buildPart(PROCESSORS, one, `${place}.processors.${index}`))
    .reduce(
      (inner, outer) => ({
        before: [...outer.before, ...inner.before],
        after: [...inner.after, ...outer.after],
      }),
      EMPTY,
    );
}

const PROCESSORS: Readonly<Record<string, (spec: unknown, place: string) => Frame>> = {
  BertProcessing: clsSep,
  ByteLevel: () => EMPTY,
  RobertaProcessing: clsSep,
  Sequence: sequence,
  TemplateProcessing: template,
};

/** `spec` is null for none. Throws `OnnxError`. */
export function buildFrame(spec: unknown, place: string): Frame {
  return spec === null || spec === undefined ? EMPTY : buildPart(PROCESSORS, spec, place);
}
