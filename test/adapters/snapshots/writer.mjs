/** Saves snapshots under one key until it is killed: `node writer.mjs <built file-snapshots.js> <folder> <epoch>`. Each is a
 *  random text and its digest, so that a reader can tell half of one. Says when two generations stand. */
import { createHash, randomBytes } from 'node:crypto';
import process from 'node:process';

const [module, folder, epoch] = process.argv.slice(2);
const { createFileSnapshotStore } = await import(module);
const store = createFileSnapshotStore(folder);
for (let round = 0; ; round++) {
  const body = randomBytes(300_000);
  const digest = createHash('sha256').update(body).digest();
  await store.save('key', Buffer.concat([digest, body]), Number(epoch));
  if (round === 1) process.stdout.write('saved\n');
}
