/** Reads the settings: a file, then the environment, then flags. A wrong one is told with where it came from. */
import { readFile } from 'node:fs/promises';
import type { NatsConfig } from '../../adapters/nats/nats.config.ts';
import { schemaProblems } from './schema-problems.ts';
import { ENVIRONMENT, natsConfig, settingsConfig, type Settings } from './settings.config.ts';
import { formatPath, formatProblem, parseYamlFile, type Path, type YamlFile } from './yaml-document.ts';

type Environment = Readonly<Record<string, string | undefined>>;
/** `a.b` or the parts, to the value a flag gave. */
export type Overrides = readonly (readonly [flag: string, path: readonly string[], value: unknown])[];

export class SettingsError extends Error {
  override readonly name = 'SettingsError';
  readonly code = 'SETTINGS_INVALID';
  readonly canRetry = false;
}

export interface LoadedSettings extends Settings {
  /** Complete when the bus is NATS. */
  readonly natsConfig: NatsConfig | undefined;
}

interface Tree {
  [key: string]: unknown;
}

/** Throws a `SettingsError` that names every wrong setting, its value, where it was given and what is allowed. */
export async function loadSettings(
  { file, overrides = [] }: { readonly file?: string | undefined; readonly overrides?: Overrides } = {},
  env: Environment = process.env,
): Promise<LoadedSettings> {
  const yaml = file === undefined ? undefined : await readSettingsFile(file, env);
  const tree = structuredClone((yaml?.value ?? {}) as Tree);
  const givenBy = new Map<string, string>();
  const put = (origin: string, path: readonly string[], value: unknown) => {
    setAt(tree, path, value);
    givenBy.set(path.join('.'), origin);
  };
  for (const [variable, path] of ENVIRONMENT) {
    const value = env[variable];
    if (value !== undefined && value !== '') put(`environment ${variable}`, path, numeric(path, value));
  }
  for (const [flag, path, value] of overrides) if (value !== undefined) put(`flag ${flag}`, path, value);

  const complain = (path: Path, message: string) => placeOf(path, message, yaml, givenBy, tree);
  const parsed = settingsConfig.safeParse(tree);
  if (!parsed.success) {
    const lines = schemaProblems(settingsConfig, parsed.error).map(({ path, message }) => complain(path, message));
    throw new SettingsError(lines.join('\n'));
  }
  const settings = parsed.data;
  const token = settings.http.token ?? (await readToken(settings.http.tokenFile));
  return {
    ...settings,
    http: { ...settings.http, ...(token === undefined ? {} : { token }) },
    natsConfig: settings.bus.url === 'memory' ? undefined : parseNats(settings, complain),
  };
}

function parseNats(settings: Settings, complain: (path: Path, message: string) => string): NatsConfig {
  const servers = settings.bus.url.split(',').map((server) => server.trim());
  const parsed = natsConfig.safeParse({ ...settings.bus.nats, servers });
  if (parsed.success) return parsed.data;
  const problems = schemaProblems(natsConfig, parsed.error);
  throw new SettingsError(problems.map(({ path, message }) => complain(['bus', 'nats', ...path], message)).join('\n'));
}

async function readSettingsFile(file: string, env: Environment): Promise<YamlFile> {
  let text: string;
  try {
    text = await readFile(file, 'utf8');
  } catch (error) {
    throw new SettingsError(`${file}: cannot be read: ${error instanceof Error ? error.message : String(error)}`);
  }
  const yaml = parseYamlFile(file, text, env);
  if (yaml.problems.length > 0) throw new SettingsError(yaml.problems.map(formatProblem).join('\n'));
  const { value } = yaml;
  if (value !== null && value !== undefined && (typeof value !== 'object' || Array.isArray(value)))
    throw new SettingsError(`${file}:1:1: must be a mapping of settings`);
  return yaml;
}

async function readToken(file: string | undefined): Promise<string | undefined> {
  if (file === undefined) return undefined;
  let token: string;
  try {
    token = (await readFile(file, 'utf8')).trim();
  } catch (error) {
    throw new SettingsError(`http.tokenFile: ${file} cannot be read: ${error instanceof Error ? error.message : String(error)}`);
  }
  if (token.length >= 16) return token;
  throw new SettingsError(`http.tokenFile: the token in ${file} has ${token.length} characters; at least 16 are needed`);
}

/** Environment variables are text; the settings that are numbers are read as such. */
function numeric(path: readonly string[], value: string): unknown {
  const isNumber = ['storeBytesMax', 'replicas'].includes(path.at(-1) ?? '');
  return isNumber && /^\d+$/.test(value) ? Number(value) : value;
}

function setAt(tree: Tree, path: readonly string[], value: unknown): void {
  let node = tree;
  for (const key of path.slice(0, -1)) {
    const next = node[key];
    if (typeof next !== 'object' || next === null) node[key] = {};
    node = node[key] as Tree;
  }
  node[path.at(-1) ?? ''] = value;
}

/** Secrets are not quoted. */
const SECRET = /token|password|nkeySeed/i;

function placeOf(path: Path, message: string, yaml: YamlFile | undefined, givenBy: ReadonlyMap<string, string>, tree: Tree) {
  const key = path.join('.');
  const origin = givenBy.get(key);
  if (origin === undefined && yaml) {
    const problem = yaml.place(path, message);
    return formatProblem(SECRET.test(key) ? { ...problem, value: '***' } : problem);
  }
  const value = path.reduce<unknown>((node, part) => (node as Tree | undefined)?.[part], tree);
  const got = value === undefined || SECRET.test(key) ? '' : ` (got ${JSON.stringify(value)})`;
  return `${origin ?? 'settings'}: ${formatPath(path)}: ${message}${got}`;
}
