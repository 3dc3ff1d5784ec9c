import { basename } from 'node:path';
import { Option, type Command } from 'commander';
import { detect, readBytes } from '../../app/detect/detect.ts';
import {
  CSV_HEADER,
  DETECTION_FORMATS,
  formatDetection,
  type DetectionFormat,
} from '../../app/detect/detection-format.ts';
import { PictureColumns } from '../../app/detect/picture-columns.ts';
import { drawPicture } from '../../app/detect/picture.ts';
import {
  baselineConfig,
  scoreMin,
  SENSITIVITIES,
  SERIES_KINDS,
  type Sensitivity,
  type SeriesKind,
} from '../../core/baseline/baseline.config.ts';
import { inputBytes, notice, printable, put, type ExitCode, type Io } from '../io.ts';
import { checkOutputFile, writeOutput } from '../outputs.ts';

interface Flags {
  readonly kind: SeriesKind;
  readonly sensitivity: Sensitivity;
  readonly format: DetectionFormat;
  readonly svg?: string;
}

/** Lines are written together up to this many characters. */
const BATCH_CHARS = 32_768;
/** Lines that cannot be read are named up to this number, then only counted. */
const PROBLEMS_NAMED_MAX = 20;

/** `earshot detect`: exit 1 when a line could not be read. */
export function addDetect(program: Command, io: Io, finish: (code: ExitCode) => void): void {
  const defaults = baselineConfig.parse({});
  program
    .command('detect')
    .description(
      'Find anomalies in a series: timestamp,value in, timestamp,value,expected,low,high,score out, in one pass; ' +
        'docs/trends.md explains it.',
    )
    .argument('[file]', 'CSV, also .csv.gz; - or none: standard input', '-')
    .addOption(
      new Option('--kind <kind>', 'what the values are').choices(SERIES_KINDS).default(defaults.kind),
    )
    .addOption(
      new Option('--sensitivity <level>', `what is an alarm: a score from ${levels()}`)
        .choices(SENSITIVITIES)
        .default(defaults.sensitivity),
    )
    .addOption(new Option('--format <format>', 'of the output').choices(DETECTION_FORMATS).default('csv'))
    .option('--svg <file>', 'draw the series, its usual band and its alarms')
    .action(async (file: string, flags: Flags) => {
      await checkOutputFile('--svg', flags.svg, [file]);
      const picture = flags.svg === undefined ? undefined : new PictureColumns();
      const failed = await run(file, { io, flags, picture });
      if (picture && flags.svg !== undefined) {
        const title = file === '-' ? 'standard input' : basename(file);
        await writeOutput(
          '--svg',
          flags.svg,
          drawPicture(picture, { title, sensitivity: flags.sensitivity }),
        );
      }
      finish(failed > 0 ? 1 : 0);
    });
}

function levels(): string {
  return SENSITIVITIES.map((level) => `${scoreMin(level).toFixed(2)} ${level}`).join(', ');
}

/** Returns how many lines could not be read. */
async function run(
  file: string,
  { io, flags, picture }: { io: Io; flags: Flags; picture: PictureColumns | undefined },
): Promise<number> {
  const where = file === '-' ? 'standard input' : file;
  const alarmFrom = scoreMin(flags.sensitivity);
  let out = flags.format === 'csv' ? CSV_HEADER : '';
  let failed = 0;
  const bytes = file === '-' ? inputBytes(io) : readBytes(file);
  for await (const result of detect(bytes, flags.kind)) {
    if ('problem' in result) {
      failed += 1;
      if (failed <= PROBLEMS_NAMED_MAX)
        notice(io, printable(`${where}: line ${result.line}: ${result.problem}`));
      continue;
    }
    picture?.add(result.reading, alarmFrom);
    out += formatDetection(result, flags.format);
    if (out.length < BATCH_CHARS) continue;
    await put(io, out);
    out = '';
  }
  if (out !== '') await put(io, out);
  if (failed > PROBLEMS_NAMED_MAX)
    notice(io, `${where}: ${failed - PROBLEMS_NAMED_MAX} more lines cannot be read`);
  return failed;
}
