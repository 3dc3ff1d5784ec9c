/** What was said on a simulated broker: alerts, and what people were told of them. */
import type { Alert } from '../../src/core/alert/alert.ts';
import { STREAMS } from '../../src/core/bus/streams.ts';
import { subjectMatches, subjects } from '../../src/core/bus/subjects.ts';
import type { Notification } from '../../src/core/notify/notification.ts';
import type { SimBroker } from './sim-bus.ts';

interface Lines<T> {
  readonly lines: string[];
  readonly said: T[];
}

/** Of what fired, and of what only was about to. */
const ENDS: ReadonlySet<string> = new Set(['resolved', 'inactive']);

/** What EVENTS holds, read once, as it comes. */
export class Said {
  readonly alerts: Lines<Alert> = { lines: [], said: [] };
  readonly told: Lines<Notification> = { lines: [], said: [] };
  readonly #broker: SimBroker;
  readonly #notify: string;
  readonly #decoder = new TextDecoder();
  /** The last state of whatever began, and of whatever people were told of. */
  readonly #states = new Map<string, string>();
  #read = 0;

  constructor(broker: SimBroker, pipeline: string) {
    this.#broker = broker;
    this.#notify = subjects.notify(pipeline);
  }

  /** Whether all that began has ended. */
  isOver(): boolean {
    for (const { subject, data } of this.#broker.stream(STREAMS.events).messages.slice(this.#read)) {
      const line = this.#decoder.decode(data);
      if (subject === this.#notify) {
        const one = keep(this.told, line);
        for (const { id, state } of one.alerts) this.#states.set(`told ${id}`, state);
      } else if (subjectMatches('earshot.alert.>', subject)) {
        const { id, state } = keep(this.alerts, line);
        this.#states.set(id, state);
      }
      this.#read += 1;
    }
    return [...this.#states.values()].every((state) => ENDS.has(state));
  }

  /** Nothing began so far. */
  get isSilent(): boolean {
    return this.#states.size === 0;
  }
}

function keep<T>({ lines, said }: Lines<T>, line: string): T {
  const one = JSON.parse(line) as T;
  lines.push(line);
  said.push(one);
  return one;
}
