/** A copy of the built program in which up to 30 ms of work stand before and behind every publish of the scorer, and which
 *  can be told to do it wrong. Without that work between steps, a worker that acknowledges first passes a ledger under
 *  `kill -9`: both steps happen within the same millisecond. */
import { cp, readFile, symlink, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

/** `sound` is as built, with the work. The others are negative controls. */
export const VARIANTS = ['sound', 'acknowledges first', 'no message id', 'drops one in a thousand'] as const;
export type Variant = (typeof VARIANTS)[number];

const CHECKOUT = fileURLToPath(new URL('../../', import.meta.url));
const SCORER = 'dist/app/services/scorer.service.js';
const ANCHOR = 'async function publishPlanned(';

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
function publishPlanned(deliveries, planned, marks, context) {
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
    get: (target, key) => (key === 'publishAll' ? publishAll : Reflect.get(target, key, target)),
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
  const file = join(folder, SCORER);
  const [before, after, ...more] = (await readFile(file, 'utf8')).split(ANCHOR);
  if (before === undefined || after === undefined || more.length > 0)
    throw new Error(`${SCORER} has no '${ANCHOR}' or several: mend test/fault/variants.ts`);
  await writeFile(file, before + REPLACEMENT.trimStart() + after);
  return join(folder, 'dist/cli/main.js');
}
