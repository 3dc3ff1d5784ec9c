// How fast a consumer reads what a pipeline scored, parsing each message.
import { TextDecoder } from 'node:util';
import { linesOf } from '../../dist/core/message/scored-batch.js';
import { STREAMS } from '../../dist/core/bus/streams.js';

/** From the first to the last that SCORED holds of the pipeline. */
export async function readBack(bus, pipeline) {
  const decoder = new TextDecoder();
  const filterSubject = `earshot.scored.${pipeline}.>`;
  let messages = 0;
  let stored = 0;
  const startMs = performance.now();
  const reader = bus.read({ stream: STREAMS.scored, filterSubject, from: { sequence: 1 } }, (batch) => {
    for (const { subject, data } of batch) {
      stored += 1;
      for (const line of linesOf(subject, decoder.decode(data)))
        messages += JSON.parse(line).id === '' ? 0 : 1;
    }
  });
  await reader.caughtUp;
  const perSecond = (messages / (performance.now() - startMs)) * 1_000;
  await reader.stop();
  return { perSecond, messages, stored };
}
