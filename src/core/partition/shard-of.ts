/** Which shard of a split pipeline counts a channel. */
import { hash53 } from '../window/distinct.ts';

/** Of the shards of a pipeline, from 0: the 53-bit hash of the channel's name modulo their number. The same in every process and
 *  for ever: it depends on nothing else. */
export function shardOf(channel: string, shards: number): number {
  return hash53(channel) % shards;
}

/** One shard of a pipeline, as leases, snapshots and subjects name it: of how many it is one belongs to its name, so that after a
 *  change of the number nothing of before is taken for something of now. */
export function shardName(pipeline: string, { shard, shards }: ShardPlace): string {
  return `${pipeline}.${shards}.${shard}`;
}

export interface ShardPlace {
  /** From 0. */
  readonly shard: number;
  readonly shards: number;
}

/** Who sums the shards, as its snapshots name it; of a pipeline that is not split, its watcher. */
export function ownerName(pipeline: string, shards: number): string {
  return shards === 1 ? pipeline : `${pipeline}.${shards}`;
}
