/** Reads the settings: a file, then the environment, then flags. A wrong one is told with where it came from. */
import { readFile } from 'node:fs/promises';
import { LOCAL, type AccessToken } from '../../adapters/http/access.ts';
import type { NatsConfig } from '../../adapters/nats/nats.config.ts';
import { checkSchema, type SchemaProblem } from './schema-problems.ts';
import { ENVIRONMENT, natsConfig, settingsConfig, type Settings } from './settings.config.ts';
import {
  formatPath,
  formatProblem,
  parseYamlFile,
  quoteValue,
  type Path,
  type YamlFile,
} from './yaml-document.ts';
import { errorText } from '../../core/errors/error-text.ts';

type Environment = Readonly<Record<string, string | undefined>>;
/** `a.b` or the parts, to the value a flag gave. */
export type Overrides = readonly (readonly [flag: string, path: readonly string[], value: unknown])[];

export class SettingsError extends Error {
  override readonly name = 'SettingsError';
  readonly code = 'SETTINGS_INVALID';
  readonly canRetry = false;
}

export interface LoadedSettings extends Settings {
  /** All tokens, with names and roles; `http.token` is the moderator `token`. */
  readonly accessTokens: readonly AccessToken[];
  /** Complete when the bus is NATS. */
  readonly natsConfig: NatsConfig | undefined;
}

type Tree = Record<string, unknown>;

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

  const complain: Complain = (problem) => describe(problem, yaml, givenBy, tree);
  const checked = checkSchema(settingsConfig, tree);
  if (!checked.ok) throw new SettingsError(checked.problems.map(complain).join('\n'));
  const settings = checked.value;
  const token = settings.http.token ?? (await readToken('http.tokenFile', settings.http.tokenFile));
  return {
    ...settings,
    http: { ...settings.http, ...(token === undefined ? {} : { token }) },
    accessTokens: await readAccessTokens(settings, token),
    natsConfig: settings.bus.url === 'memory' ? undefined : parseNats(settings, complain),
  };
}

type Complain = (problem: SchemaProblem) => string;

function parseNats({ bus }: Settings, complain: Complain): NatsConfig {
  if (bus.nats && 'servers' in bus.nats) {
    throw new SettingsError(
      complain({ path: ['bus', 'nats', 'servers'], message: 'give the servers as bus.url' }),
    );
  }
  const servers = bus.url.split(',').map((server) => server.trim());
  const checked = checkSchema(natsConfig, { ...bus.nats, servers });
  if (checked.ok) return checked.value;
  const ours = (path: Path) => (path[0] === 'servers' ? ['bus', 'url'] : ['bus', 'nats', ...path]);
  const lines = checked.problems.map((problem) => complain({ ...problem, path: ours(problem.path) }));
  throw new SettingsError(lines.join('\n'));
}

async function readSettingsFile(file: string, env: Environment): Promise<YamlFile> {
  let text: string;
  try {
    text = await readFile(file, 'utf8');
  } catch (error) {
    throw new SettingsError(`${file}: cannot be read: ${errorText(error)}`);
  }
  const yaml = parseYamlFile(file, text, env);
  if (yaml.problems.length > 0) throw new SettingsError(yaml.problems.map(formatProblem).join('\n'));
  const { value } = yaml;
  if (value !== null && value !== undefined && (typeof value !== 'object' || Array.isArray(value)))
    throw new SettingsError(`${file}:1:1: must be a mapping of settings`);
  return yaml;
}

/** The names and the tokens must differ: a name in the audit is one person's. */
async function readAccessTokens({ http }: Settings, single: string | undefined): Promise<AccessToken[]> {
  const tokens: AccessToken[] =
    single === undefined ? [] : [{ name: 'token', role: 'moderator', token: single }];
  for (const [at, { name, role, token: given, tokenFile }] of http.tokens.entries()) {
    const place = `http.tokens[${at}]`;
    const token = given ?? (await readToken(`${place}.tokenFile`, tokenFile)) ?? '';
    const reserved = [LOCAL.name, ...tokens.map((one) => one.name)];
    if (reserved.includes(name))
      throw new SettingsError(`${place}.name: '${name}' is taken; taken are ${reserved.join(', ')}`);
    const same = tokens.find((one) => one.token === token);
    if (same) throw new SettingsError(`${place}: '${name}' has the same token as '${same.name}'`);
    tokens.push({ name, role, token });
  }
  return tokens;
}

async function readToken(place: string, file: string | undefined): Promise<string | undefined> {
  if (file === undefined) return undefined;
  let token: string;
  try {
    token = (await readFile(file, 'utf8')).trim();
  } catch (error) {
    throw new SettingsError(`${place}: ${file} cannot be read: ${errorText(error)}`);
  }
  if (token.length < 16)
    throw new SettingsError(
      `${place}: the token in ${file} has ${token.length} characters; at least 16 are needed`,
    );
  if (/\s/.test(token)) throw new SettingsError(`${place}: the token in ${file} holds spaces or line breaks`);
  return token;
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

function describe(
  { path, message, withValue = true }: SchemaProblem,
  yaml: YamlFile | undefined,
  givenBy: ReadonlyMap<string, string>,
  tree: Tree,
): string {
  const key = path.join('.');
  const origins = [...givenBy].filter(([given]) => given === key || given.startsWith(`${key}.`));
  if (origins.length === 0 && yaml) return formatProblem(yaml.place(path, message, { withValue }));
  const value = path.reduce<unknown>((node, part) => (node as Tree | undefined)?.[part], tree);
  const got = value === undefined || !withValue ? '' : ` (got ${quoteValue(path, value)})`;
  const origin = origins.map(([, given]) => given).join(', ');
  return `${origin === '' ? 'settings' : origin}: ${formatPath(path)}: ${message}${got}`;
}
