/** What people do about alerts while a run goes on, drawn from its seed: silences of parts of event time, ended early or not;
 *  acknowledgements of what fires, and of what does not; now and then the same twice. */
import type { Alert } from '../../src/core/alert/alert.ts';
import type { OutboundMessage } from '../../src/core/bus/bus.port.ts';
import { commandMessage } from '../../src/core/notify/command-codec.ts';
import type { AlertCommand, Matcher } from '../../src/core/notify/command.ts';
import type { Simulation } from './simulation.ts';

const COMMANDS_MAX = 6;
const SPAN_MS = 15 * 60_000;
const MATCHERS: readonly Matcher[] = [
  { label: 'rule', op: '=', value: 'surge' },
  { label: 'rule', op: '=~', value: 'surge|flurry' },
  { label: 'channel', op: '=', value: 'surge0' },
  { label: 'severity', op: '!=', value: 'page' },
];

export interface People {
  readonly pipeline: string;
  /** Event time in which alerts begin. */
  readonly fromMs: number;
  /** Of virtual time, in which they act. */
  readonly forMs: number;
  readonly ask: (command: OutboundMessage) => Promise<void>;
  readonly firing: () => readonly Alert[];
}

export function peopleAct(sim: Simulation, { pipeline, fromMs, forMs, ask, firing }: People): void {
  const silences: string[] = [];
  const draw = <T>(all: readonly T[]): T | undefined => all[sim.between(0, all.length - 1)];
  const decide = (index: number): AlertCommand => {
    const base = { id: `c${index}`, pipeline, by: 'ann', atMs: sim.clock.nowMs(), comment: 'seen' };
    if (sim.chance(0.2)) return { ...base, action: 'unsilence', silence: draw(silences) ?? 'none' };
    if (sim.chance(0.5)) {
      silences.push(base.id);
      const startsMs = fromMs + sim.between(0, SPAN_MS);
      const matchers = MATCHERS.filter(() => sim.chance(0.3)).slice(0, 1);
      const endsMs = startsMs + sim.between(1, SPAN_MS);
      return {
        ...base,
        action: 'silence',
        startsMs,
        endsMs,
        matchers: matchers.length > 0 ? matchers : MATCHERS.slice(0, 1),
      };
    }
    const alert = draw(firing())?.id ?? 'acme/surge//never';
    return { ...base, action: sim.chance(0.7) ? 'acknowledge' : 'unacknowledge', alert };
  };
  for (let index = sim.between(0, COMMANDS_MAX); index > 0; index -= 1)
    sim.after(sim.between(0, forMs), () => {
      const command = commandMessage(decide(index));
      void ask(command);
      if (sim.chance(0.2)) void ask({ ...command, id: `${command.id} again` });
    });
}
