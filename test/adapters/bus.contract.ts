/** What every bus must do; each adapter's suite runs it with its own way to open one. */
import { describe } from 'vitest';
import { BusBench } from './contract/bus-bench.ts';
import type { BusFixture } from './contract/bus-bench.ts';
import { consumeContract } from './contract/consume.contract.ts';
import { publishContract } from './contract/publish.contract.ts';
import { readContract } from './contract/read.contract.ts';
import { streamsContract } from './contract/streams.contract.ts';

export function busContract(name: string, open: () => Promise<BusFixture>): void {
  describe(`bus contract: ${name}`, () => {
    const bench = new BusBench(open);
    publishContract(bench);
    consumeContract(bench);
    readContract(bench);
    streamsContract(bench);
  });
}
