/** Remembers which stream position first used a key, for the last `keysMax` to twice `keysMax` keys, of messages
 *  created and of changes each: two generations, the older dropped whole when the younger is full, so that a look-up costs
 *  one or two map reads and nothing is swept. */
import { messageKey, type Message } from '../message/message.ts';

export interface RecentKeys {
  /** True when the message belongs to another position: a second copy. The same position asking again is a redelivery.
   *  `scope` keeps apart who asks: one message is new once for each pipeline. */
  isDuplicate(scope: string, message: Pick<Message, 'id' | 'kind' | 'version'>, position: number): boolean;
}

export function createRecentKeys({ keysMax }: { readonly keysMax: number }): RecentKeys {
  // Most messages are created once, and their id alone is a string that exists already; building a key costs more than
  // the look-up.
  const created = generations(keysMax);
  const changed = generations(keysMax);
  return {
    isDuplicate(scope, message, position) {
      const isPlain = message.kind === 'create' && message.version === '0';
      const key = isPlain ? message.id : messageKey(message);
      return (isPlain ? created : changed)(scope === '' ? key : `${scope}:${key}`, position);
    },
  };
}

function generations(keysMax: number): (key: string, position: number) => boolean {
  let young = new Map<string, number>();
  let old = new Map<string, number>();
  return (key, position) => {
    const first = young.get(key) ?? old.get(key);
    if (first !== undefined) return first !== position;
    if (young.size >= keysMax) {
      old = young;
      young = new Map();
    }
    young.set(key, position);
    return false;
  };
}
