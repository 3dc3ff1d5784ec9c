import type { Command } from 'commander';
import pc from 'picocolors';
import { formatProblem } from '../../app/config/yaml-document.ts';
import { loadEachPipelineFile } from '../../app/pipelines/pipeline-files.ts';
import { pipelineFilesIn } from '../../app/pipelines/pipeline-folders.ts';
import { notice, put, putJson, type ExitCode, type Io } from '../io.ts';

/** `earshot check FILE_OR_FOLDER…`: exit 1 when a file is wrong, or with `--strict` when it is doubtful. */
export function addCheck(program: Command, io: Io, finish: (code: ExitCode) => void): void {
  program
    .command('check')
    .description('Check pipeline files: every problem with its file, line, path, value and what is allowed.')
    .argument('<pipeline...>', 'pipeline files, or folders of them')
    .option('--strict', 'warnings fail too')
    .option('--json', 'problems as JSON')
    .action(async (paths: string[], { json, strict }: { json?: boolean; strict?: boolean }) => {
      const files = await pipelineFilesIn(paths);
      const loads = await loadEachPipelineFile(files, io.env);
      const results = files.map((file, index) => {
        const load = loads[index];
        return {
          file,
          problems: load?.ok === false ? load.problems : [],
          warnings: load?.ok === true ? load.loaded.warnings : [],
        };
      });
      const bad = (result: (typeof results)[number]) =>
        result.problems.length > 0 || (strict === true && result.warnings.length > 0);
      finish(results.some(bad) ? 1 : 0);
      if (json === true) {
        await putJson(io, { ok: !results.some(bad), files: results });
        return;
      }
      for (const result of results) {
        for (const problem of result.problems) notice(io, `${pc.red('error')} ${formatProblem(problem)}`);
        for (const warning of result.warnings)
          notice(io, `${pc.yellow('warning')} ${formatProblem(warning)}`);
        await put(io, `${result.file}: ${bad(result) ? 'not valid' : 'ok'}\n`);
      }
    });
}
