/** Puts down why people were told of alerts, or were not: for the history. */
import type { WatcherOutput } from '../../core/alert/watcher.ts';
import { decisionMessage } from '../../core/notify/decision-codec.ts';
import type { Outbox } from './outbox.ts';

/** That wait for the broker at once: a silence may hold back thousands of alerts. */
const DECISIONS_AT_ONCE_MAX = 256;

/** Rejects as the outbox does. Their order among themselves does not matter: each has its time. */
export async function publishDecisions(
  outbox: Pick<Outbox, 'publish'>,
  pipeline: string,
  outputs: readonly WatcherOutput[],
): Promise<void> {
  const messages = outputs.flatMap((output) =>
    output.kind === 'decision' ? [decisionMessage(pipeline, output)] : [],
  );
  for (let start = 0; start < messages.length; start += DECISIONS_AT_ONCE_MAX)
    await Promise.all(
      messages.slice(start, start + DECISIONS_AT_ONCE_MAX).map((message) => outbox.publish(message)),
    );
}
