/** The trained filters, opened by the name of their model. Each is read once, when it is first asked for. */
import type { ModelSource } from '../../sentiment/model.port.ts';
import type { RelevanceFilter } from './filter.port.ts';
import { loadFilter } from './load.ts';

export interface FilterRegistry {
  /** The same filter for the same model: pipelines that share one can share a reading. Rejects with a message that says what
   *  is missing or damaged; what failed is tried again when it is asked for again. */
  open(model: string): Promise<RelevanceFilter>;
}

export function createFilterRegistry(models: ModelSource): FilterRegistry {
  const opened = new Map<string, Promise<RelevanceFilter>>();
  return {
    open(model) {
      let filter = opened.get(model);
      if (filter === undefined) {
        filter = models.open(model).then(loadFilter);
        opened.set(model, filter);
        filter.catch(() => opened.delete(model));
      }
      return filter;
    },
  };
}
