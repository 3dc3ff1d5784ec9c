/** Who of the processes on a broker should own what: asked as they ask each other, judged as they judge. */
import { connect } from '@nats-io/transport-node';
import { preferredHolder } from '../../src/core/lease/holders.ts';
import type { Member } from '../../src/core/lease/lease.port.ts';
import { until } from './process.ts';

/** Whether each of so many members is to own something. Their names are random: with few leases one may get none, however
 *  long it is waited for. */
export async function eachIsToOwn(url: string, count: number): Promise<boolean> {
  const connection = await connect({ servers: url });
  try {
    const members = await until(`there are ${count} members`, async () => {
      const answers = await connection.requestMany('earshot.members', '', {
        ...{ strategy: 'count', maxMessages: count, maxWait: 2_000 },
      });
      const found: Member[] = [];
      for await (const answer of answers) found.push(answer.json<Member>());
      return found.length === count ? found : undefined;
    });
    const keys = [...new Set(members.flatMap((member) => member.keys))];
    return new Set(keys.map((key) => preferredHolder(key, members))).size === count;
  } finally {
    await connection.close();
  }
}
