// What scripts share on their command lines: options that are whole numbers, and help, which is the comment that a file begins with.
import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';

/** The comment that a file begins with, as text. */
export function headOf(file) {
  const lines = readFileSync(file, 'utf8').split('\n');
  const end = lines.findIndex((line) => !line.startsWith('//'));
  return lines
    .slice(0, end)
    .map((line) => line.slice(3))
    .join('\n')
    .trim();
}

/** The options of the script at `url`, each a whole number as text, by default as given; `least` names those that may not be 0. Ends
 *  the process with 0 for --help and with 2 for what is no option or no whole number. */
export function wholeNumbers(url, defaults, least = []) {
  const options = Object.fromEntries(
    Object.entries(defaults).map(([name, value]) => [name, { type: 'string', default: value }]),
  );
  const allowed = Object.keys(defaults).map((name) => `--${name} N`);
  const refuse = (what) => {
    console.error(`${what}; allowed: ${allowed.join(', ')}, --help`);
    process.exit(2);
  };
  let values;
  try {
    ({ values } = parseArgs({ options: { ...options, help: { type: 'boolean' } } }));
  } catch (error) {
    refuse(error.message);
  }
  const { help, ...numbers } = values;
  if (help) {
    console.log(headOf(fileURLToPath(url)));
    process.exit(0);
  }
  for (const [name, value] of Object.entries(numbers)) {
    if (!/^\d{1,9}$/.test(value)) refuse(`--${name} ${value}: must be a whole number`);
    if (least.includes(name) && Number(value) === 0) refuse(`--${name} 0: must be above 0`);
  }
  return numbers;
}
