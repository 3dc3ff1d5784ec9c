import type { Command } from 'commander';
import pc from 'picocolors';
import { loadPipelineFiles } from '../../app/pipelines/pipeline-files.ts';
import { pipelineFilesIn } from '../../app/pipelines/pipeline-folders.ts';
import { runPipelineTests } from '../../app/pipelines/pipeline-tests.ts';
import { notice, put, putJson, type ExitCode, type Io } from '../io.ts';

/** `earshot test FILE…`: runs the `tests:` blocks; exit 1 when a case fails or a file has none. */
export function addTest(program: Command, io: Io, finish: (code: ExitCode) => void): void {
  program
    .command('test')
    .description("Run pipeline files' own tests: blocks, in their own time, without a bus.")
    .argument('<pipeline...>', 'pipeline files, or folders of them')
    .option('--json', 'results as JSON')
    .action(async (paths: string[], { json }: { json?: boolean }) => {
      const results = [];
      const files = await pipelineFilesIn(paths);
      for (const loaded of await loadPipelineFiles(files, io.env, { sendsNothing: true })) {
        results.push({ file: loaded.file, cases: await runPipelineTests(loaded) });
      }
      const failed = results.flatMap(({ cases }) =>
        cases.filter(({ failures }) => failures.length > 0),
      ).length;
      const passed = results.flatMap(({ cases }) => cases).length - failed;
      const empty = results.filter(({ cases }) => cases.length === 0);
      finish(failed > 0 || empty.length > 0 ? 1 : 0);
      if (json === true) {
        await putJson(io, { passed, failed, files: results });
        return;
      }
      for (const { file, cases } of results) {
        for (const { name, failures } of cases) {
          await put(io, `${failures.length === 0 ? pc.green('pass') : pc.red('fail')} ${file}: ${name}\n`);
          for (const failure of failures) await put(io, `     ${failure}\n`);
        }
      }
      for (const { file } of empty) notice(io, `${file}: has no tests: block`);
      await put(io, `${passed} passed, ${failed} failed\n`);
    });
}
