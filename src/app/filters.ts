/** The relevance filters of this process. One registry for everyone, because a model is worth sharing and never changes. */
import { createModelFiles } from '../adapters/model-files/model-files.ts';
import type { RelevanceFilter } from '../core/relevance/filter/filter.port.ts';
import { createFilterRegistry } from '../core/relevance/filter/filters.ts';

const filters = createFilterRegistry(createModelFiles());

/** Those that come with Earshot, the one to begin with first. */
export const SHIPPED_FILTERS: readonly string[] = [
  'relevance-en',
  'relevance-texts-en',
  'relevance-comments-en',
  'relevance-crisis-en',
];

/** `model` is a model that comes with Earshot (`relevance-en`, `models/relevance-en`) or the path of a folder. The same
 *  filter for the same name. Rejects with a message that says what is missing or damaged. */
export const openFilter = (model: string): Promise<RelevanceFilter> => filters.open(model);
