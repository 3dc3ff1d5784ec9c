/** The parser of YAML, with a limit to how deep a text nests: the composer behind it calls itself for each level, and so does
 *  all that reads the value. */
import { Parser, type CST } from 'yaml';

/** Far above what anybody writes: the pipelines that come with Earshot nest in less than ten. */
export const YAML_LEVELS_MAX = 100;

const COLLECTIONS: ReadonlySet<string> = new Set(['block-map', 'block-seq', 'flow-collection']);

/** The text goes deeper than `YAML_LEVELS_MAX`. */
export class NestedTooDeep extends Error {
  override readonly name = 'NestedTooDeep';
  /** Where the first level too many begins, in characters from the start. */
  readonly offset: number;

  constructor(offset: number) {
    super(`nested too deep; allowed: ${YAML_LEVELS_MAX} levels`);
    this.offset = offset;
  }
}

/** Throws a `NestedTooDeep` at the token that goes too deep: nothing behind it is read. */
export class ShallowParser extends Parser {
  override *next(source: string): Generator<CST.Token, void> {
    yield* super.next(source);
    // Around the levels stands the document, and at their end perhaps a value.
    if (this.stack.length <= YAML_LEVELS_MAX + 1) return;
    const levels = this.stack.filter(({ type }) => COLLECTIONS.has(type)).length;
    if (levels > YAML_LEVELS_MAX) throw new NestedTooDeep(this.offset - source.length);
  }
}
