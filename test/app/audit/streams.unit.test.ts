/** Goal: an audit finds every message that the streams hold of its pipeline, in batches or not, and no other. */
import { expect, test } from 'vitest';
import { eachPublished } from '../../../src/app/audit/streams.ts';
import { memoryBus } from '../../support/bus.ts';

const dropped = (text: string) => JSON.stringify({ text, dropped: { reason: 'irrelevant' } });
const kept = (text: string) => JSON.stringify({ text, relevance: { verdict: 'keep' } });

test('dropped ones first, then those that were kept; what is no message is passed over', async () => {
  const bus = await memoryBus();
  const publish = (subject: string, ...lines: string[]) => bus.publish({ subject, data: lines.join('\n') });
  await publish('earshot.scored.acme.batch', kept('b'), 'junk', kept('c'));
  await publish('earshot.scored.acme.chat.neutral', kept('d'));
  await publish('earshot.scored.other.batch', kept('not ours'));
  await publish('earshot.dropped.acme.irrelevant', dropped('a'));
  await publish('earshot.dropped.other.irrelevant', dropped('not ours'));
  const texts: string[] = [];
  await eachPublished(bus, 'acme', ({ text }) => texts.push(text));
  expect(texts).toEqual(['a', 'b', 'c', 'd']);
  await bus.close();
});
