/** Pipeline files: read, validated, compiled; every problem with its place. */
import { readFile } from 'node:fs/promises';
import { dirname, resolve } from 'node:path';
import { compilePipeline, type CompiledPipeline } from '../../core/pipeline/compile.ts';
import { pipelineConfig } from '../../core/pipeline/pipeline.config.ts';
import { schemaProblems } from '../config/schema-problems.ts';
import { formatProblem, parseYamlFile, type PlacedProblem } from '../config/yaml-document.ts';

export interface LoadedPipeline {
  readonly file: string;
  /** Folder that paths in the file are relative to. */
  readonly folder: string;
  readonly pipeline: CompiledPipeline;
  readonly warnings: readonly PlacedProblem[];
}

export type PipelineLoad =
  | { readonly ok: true; readonly loaded: LoadedPipeline }
  | { readonly ok: false; readonly problems: readonly PlacedProblem[] };

type Environment = Readonly<Record<string, string | undefined>>;

/** Never throws for what a file holds, nor for a file that cannot be read. */
export async function loadPipelineFile(file: string, env: Environment = process.env): Promise<PipelineLoad> {
  let text: string;
  try {
    text = await readFile(file, 'utf8');
  } catch (error) {
    const message = `cannot be read: ${error instanceof Error ? error.message : String(error)}`;
    return { ok: false, problems: [{ file, line: 1, column: 1, path: '', message }] };
  }
  return loadPipelineText(file, text, env);
}

export async function loadPipelineText(file: string, text: string, env: Environment): Promise<PipelineLoad> {
  const yaml = parseYamlFile(file, text, env);
  if (yaml.problems.length > 0) return { ok: false, problems: yaml.problems };
  const parsed = pipelineConfig.safeParse(yaml.value);
  if (!parsed.success) {
    const problems = schemaProblems(pipelineConfig, parsed.error).map(({ path, message }) => yaml.place(path, message));
    return { ok: false, problems };
  }
  const compiled = await compilePipeline(parsed.data);
  if (!compiled.ok) {
    return { ok: false, problems: compiled.problems.map(({ path, message }) => yaml.place(path, message)) };
  }
  const warnings = compiled.warnings.map(({ path, message }) => yaml.place(path, message));
  return { ok: true, loaded: { file, folder: dirname(resolve(file)), pipeline: compiled.pipeline, warnings } };
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

/** All files or none: throws a `PipelineFilesError` with the problems of every file, two files of one name included. */
export async function loadPipelineFiles(files: readonly string[], env: Environment = process.env): Promise<LoadedPipeline[]> {
  const loads = await Promise.all(files.map((file) => loadPipelineFile(file, env)));
  const problems = loads.flatMap((load) => (load.ok ? [] : load.problems));
  const loaded = loads.flatMap((load) => (load.ok ? [load.loaded] : []));
  const fileByName = new Map<string, string>();
  for (const { file, pipeline } of loaded) {
    const { name } = pipeline.config;
    const other = fileByName.get(name);
    if (other === undefined) fileByName.set(name, file);
    else {
      const message = `a pipeline of this name is already defined by ${other}`;
      problems.push({ file, line: 1, column: 1, path: 'name', value: JSON.stringify(name), message });
    }
  }
  if (problems.length > 0) throw new PipelineFilesError(problems);
  return loaded;
}
