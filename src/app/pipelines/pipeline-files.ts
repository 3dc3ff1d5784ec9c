/** Pipeline files: read, validated, compiled; every problem with its place. */
import { existsSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { dirname, resolve } from 'node:path';
import type { Problem } from '../../core/config/problem.ts';
import { keyedHash } from '../../adapters/crypto/keyed-hash.ts';
import { compilePipeline, type Compilation, type CompiledPipeline } from '../../core/pipeline/compile.ts';
import { pipelineConfig, type PipelineConfig } from '../../core/pipeline/pipeline.config.ts';
import type { OpenFilter } from '../../core/relevance/filter/filter.port.ts';
import { conditionWarnings } from '../../core/alert/condition-warnings.ts';
import { engines } from '../engines.ts';
import { checkSchema } from '../config/schema-problems.ts';
import { formatProblem, parseYamlFile, type PlacedProblem, type YamlFile } from '../config/yaml-document.ts';
import { errorText } from '../../core/errors/error-text.ts';
import { problemsWithin } from './problems-within.ts';

export interface LoadedPipeline {
  readonly file: string;
  /** Folder that paths in the file are relative to. */
  readonly folder: string;
  readonly pipeline: CompiledPipeline;
  readonly warnings: readonly PlacedProblem[];
  readonly place: YamlFile['place'];
}

export type PipelineLoad =
  | { readonly ok: true; readonly loaded: LoadedPipeline }
  | { readonly ok: false; readonly problems: readonly PlacedProblem[] };

/** Open at once: a process may often have no more than 1,024. */
const FILES_AT_ONCE = 32;

type Environment = Readonly<Record<string, string | undefined>>;

export interface LoadOptions {
  /** Nothing is sent: sinks in which an environment variable is missing are left out, not refused. */
  readonly sendsNothing?: boolean;
}

/** Never throws for what a file holds, nor for a file that cannot be read. */
async function loadPipelineFile(file: string, env: Environment, options: LoadOptions): Promise<PipelineLoad> {
  let text: string;
  try {
    text = await readFile(file, 'utf8');
  } catch (error) {
    const message = `cannot be read: ${errorText(error)}`;
    return { ok: false, problems: [{ file, line: 1, column: 1, path: '', message }] };
  }
  return loadPipelineText(file, text, env, options);
}

export async function loadPipelineText(
  file: string,
  text: string,
  env: Environment,
  { sendsNothing = false }: LoadOptions = {},
): Promise<PipelineLoad> {
  const yaml = parseYamlFile(file, text, env, sendsNothing ? ['sinks'] : []);
  if (!yaml.isParsed) return { ok: false, problems: yaml.problems };
  if (yaml.value === null) {
    const message = 'holds no pipeline; a pipeline needs at least name and listen.query';
    return { ok: false, problems: [{ file, line: 1, column: 1, path: '', message }] };
  }
  const checked = checkSchema(pipelineConfig, yaml.value);
  const folder = dirname(resolve(file));
  const place = ({ path, message }: Problem) => yaml.place(path, message, { withValue: false }); // The message quotes it.
  if (!checked.ok) {
    const isOwn = ({ path }: Problem) => !yaml.isUnfilled(path);
    const placed = checked.problems
      .filter(isOwn)
      .map((problem) => yaml.place(problem.path, problem.message, problem));
    const further = problemsWithin(yaml.value).filter(isOwn).map(place);
    return { ok: false, problems: inOrder([...yaml.problems, ...placed, ...further]) };
  }
  const compiled = await compileConfig(withModelPaths(checked.value, folder));
  const found = [...yaml.problems, ...(compiled.ok ? [] : compiled.problems.map(place))];
  if (!compiled.ok || found.length > 0) return { ok: false, problems: inOrder(found) };
  const { pipeline } = compiled;
  const ofConditions = conditionWarnings(checked.value.alerts).map((warning) => ({
    ...warning,
    path: ['alerts', ...warning.path],
  }));
  const warnings = inOrder([...compiled.warnings, ...ofConditions].map(place));
  return { ok: true, loaded: { file, folder, pipeline, warnings, place: yaml.place } };
}

/** As a person finds them in the file. */
function inOrder(problems: readonly PlacedProblem[]): PlacedProblem[] {
  return problems.toSorted((left, right) => left.line - right.line || left.column - right.column);
}

/** `config` with paths of models as they are opened: what `pipeline.config` of a loaded pipeline holds. */
export function compileConfig(config: PipelineConfig): Promise<Compilation> {
  return compilePipeline(config, engines, keyedHash, openFilter);
}

/** Loaded when a pipeline asks for one. */
const openFilter: OpenFilter = async (model) => (await import('../filters.ts')).openFilter(model);

/** A model that is written as a path is meant from the folder of the pipeline file, wherever Earshot was started. */
function withModelPaths(config: PipelineConfig, folder: string): PipelineConfig {
  const pathOf = (model: string) => (/[\\/]/.test(model) ? resolve(folder, model) : model);
  /** `models/relevance-en` is the one that comes with Earshot, unless there is such a folder. */
  const filterOf = (model: string) => {
    const shipped = /^models\/([a-z0-9-]+)$/.exec(model)?.[1];
    return shipped === undefined || existsSync(resolve(folder, model)) ? pathOf(model) : shipped;
  };
  const { sentiment, listen } = config;
  const { classifier } = listen;
  return {
    ...config,
    sentiment: { ...sentiment, model: pathOf(sentiment.model) },
    listen: classifier
      ? { ...listen, classifier: { ...classifier, model: filterOf(classifier.model) } }
      : listen,
  };
}

export class PipelineFilesError extends Error {
  override readonly name = 'PipelineFilesError';
  readonly code = 'PIPELINE_INVALID';
  readonly canRetry = false;
  readonly problems: readonly PlacedProblem[];

  constructor(problems: readonly PlacedProblem[]) {
    super(problems.map(formatProblem).join('\n'));
    this.problems = problems;
  }
}

/** Each file by itself; of two files of one name the second is wrong. */
export async function loadEachPipelineFile(
  files: readonly string[],
  env: Environment = process.env,
  options: LoadOptions = {},
): Promise<PipelineLoad[]> {
  const loads: PipelineLoad[] = [];
  for (let start = 0; start < files.length; start += FILES_AT_ONCE) {
    const some = files.slice(start, start + FILES_AT_ONCE);
    loads.push(...(await Promise.all(some.map((file) => loadPipelineFile(file, env, options)))));
  }
  const fileByName = new Map<string, string>();
  return loads.map((load) => {
    if (!load.ok) return load;
    const { file, place, pipeline } = load.loaded;
    const { name } = pipeline.config;
    const other = fileByName.get(name);
    fileByName.set(name, other ?? file);
    if (other === undefined) return load;
    return {
      ok: false,
      problems: [place(['name'], `a pipeline of this name is already defined by ${other}`)],
    };
  });
}

/** All files or none: throws a `PipelineFilesError` with the problems of every file. */
export async function loadPipelineFiles(
  files: readonly string[],
  env: Environment = process.env,
  options: LoadOptions = {},
): Promise<LoadedPipeline[]> {
  const loads = await loadEachPipelineFile(files, env, options);
  const problems = loads.flatMap((load) => (load.ok ? [] : load.problems));
  if (problems.length > 0) throw new PipelineFilesError(problems);
  return loads.flatMap((load) => (load.ok ? [load.loaded] : []));
}
