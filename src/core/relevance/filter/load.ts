/** From a model's files to the filter. */
import { describeIssues } from '../../config/issues.ts';
import type { ModelFiles } from '../../sentiment/model.port.ts';
import { loadBayesFilter } from './bayes.filter.ts';
import type { RelevanceFilter } from './filter.port.ts';
import { FilterModelError } from './filter-error.ts';
import { loadLinearFilter } from './linear.filter.ts';
import { filterManifest } from './manifest.ts';

/** Rejects with an Error that names the place when the files are damaged, or are no filter. */
export async function loadFilter(files: ModelFiles): Promise<RelevanceFilter> {
  const { place, manifest: raw, weightsSha256 } = files;
  if (isSentimentModel(raw)) {
    throw new FilterModelError(`${place}/model.json: a model of another task, not of relevance`);
  }
  const parsed = filterManifest.safeParse(raw);
  if (!parsed.success) {
    const [problem = 'not valid'] = describeIssues(parsed.error);
    throw new FilterModelError(`${place}/model.json: ${problem}`);
  }
  const manifest = parsed.data;
  if (manifest.sha256 !== weightsSha256) {
    throw new FilterModelError(
      `${place}/weights.bin: its SHA-256 is ${weightsSha256}, model.json says ${manifest.sha256}: the file is damaged or ` +
        'belongs to another model',
    );
  }
  return manifest.engine === 'earshot' ? loadLinearFilter(files, manifest) : loadBayesFilter(files, manifest);
}

const isSentimentModel = (raw: unknown) =>
  typeof raw === 'object' && raw !== null && !('task' in raw) && 'languages' in raw;
