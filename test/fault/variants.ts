/** A copy of the built program in which up to 30 ms of work stand before and behind every publish of the scorer, and which
 *  can be told to do it wrong. Without that work between steps, a worker that acknowledges first passes a ledger under
 *  `kill -9`: both steps happen within the same millisecond. */
import { cp, readFile, symlink, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

/** Scorers that do it wrong: negative controls of the ledger. */
export const WRONG_SCORERS = ['acknowledges first', 'no message id', 'drops one in a thousand'] as const;
/** `sound` is as built, with the work; `says again` is a watcher that forgets what an earlier life published. */
export type Variant = 'sound' | (typeof WRONG_SCORERS)[number] | 'says again';

const CHECKOUT = fileURLToPath(new URL('../../', import.meta.url));
interface Place {
  readonly path: string;
  readonly anchor: string;
}
const SCORER: Place = {
  path: 'dist/app/services/publish-planned.js',
  anchor: 'export async function publishPlanned(',
};
const OUTBOX: Place = { path: 'dist/app/services/outbox.js', anchor: 'published.add(id);' };

/** Told so, a worker kills itself with SIGKILL in its next burst, when so many deliveries are not published yet and so many
 *  are published and not acknowledged. From outside that moment is not to be hit on a machine that is busy. */
export const DIE_IN_BURST = 'SIGIO';
const BETWEEN_MIN = 8;

/** Takes the place of `publishPlanned`, which publishes the outputs of deliveries and acknowledges these: one delivery at a time,
 *  each with work of its own. */
const REPLACEMENT = `
const variant = process.env.EARSHOT_TEST_VARIANT;
const work = () => new Promise((resolve) => setTimeout(resolve, Math.random() * 30));
const isThousandth = ({ data }) => /"m\\d*500"/.test(Buffer.from(data).toString());
const deaf = (delivery) =>
  new Proxy(delivery, {
    get: (target, key) => (key === 'ack' || key === 'retry' ? () => {} : Reflect.get(target, key, target)),
  });
let isDying = false;
process.on('${DIE_IN_BURST}', () => (isDying = true));
const between = { before: 0, after: 0 };
const stand = async (where) => {
  between[where] += 1;
  if (isDying && Math.min(between.before, between.after) >= ${BETWEEN_MIN}) process.kill(process.pid, 'SIGKILL');
  await work();
  between[where] -= 1;
};
export function publishPlanned(deliveries, planned, marks, context) {
  return Promise.all(deliveries.map((delivery, at) => publishOne(delivery, planned[at], marks, context)));
}
function publishOne(delivery, planned, marks, context) {
  if (!planned) return undefined;
  const { bus } = context;
  const publish = async ({ id, ...rest }) => {
    await stand('before');
    let settled;
    const message = variant === 'no message id' ? rest : { id, ...rest };
    await bus.publishAll([message], (_, outcome) => (settled = outcome));
    await stand('after');
    return settled;
  };
  const publishAll = (messages, onSettled) =>
    Promise.all(messages.map(async (message, at) => onSettled(at, await publish(message))));
  const slow = new Proxy(bus, {
    get(target, key) {
      const value = key === 'publishAll' ? publishAll : Reflect.get(target, key, target);
      return typeof value === 'function' ? value.bind(target) : value;
    },
  });
  if (variant === 'acknowledges first') delivery.ack();
  const kept = variant === 'drops one in a thousand' ? planned.outputs.filter((one) => !isThousandth(one)) : planned.outputs;
  const changed = kept.length === planned.outputs.length ? planned : { outputs: kept, marks: [] };
  const told = variant === 'acknowledges first' ? deaf(delivery) : delivery;
  return publishPlannedSound([told], [changed], marks, { ...context, bus: slow });
}
async function publishPlannedSound(`;

/** Returns the path of the program. */
export async function copyProgram(folder: string): Promise<string> {
  await cp(join(CHECKOUT, 'dist'), join(folder, 'dist'), { recursive: true });
  for (const name of ['node_modules', 'models', 'package.json'])
    await symlink(join(CHECKOUT, name), join(folder, name));
  await change(folder, SCORER, REPLACEMENT.trimStart());
  await change(folder, OUTBOX, `if (process.env.EARSHOT_TEST_VARIANT !== 'says again') ${OUTBOX.anchor}`);
  return join(folder, 'dist/cli/main.js');
}

async function change(folder: string, { path, anchor }: Place, replacement: string): Promise<void> {
  const file = join(folder, path);
  const [before, after, ...more] = (await readFile(file, 'utf8')).split(anchor);
  if (before === undefined || after === undefined || more.length > 0)
    throw new Error(`${path} has no '${anchor}' or several: mend test/fault/variants.ts`);
  await writeFile(file, before + replacement + after);
}
