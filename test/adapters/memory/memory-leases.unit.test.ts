/** Goal: leases within a process keep the contract. */
import { createMemoryLeaseStore } from '../../../src/adapters/memory/memory-leases.ts';
import { leasesContract } from '../leases.contract.ts';

leasesContract('memory', () => {
  const store = createMemoryLeaseStore();
  return Promise.resolve({ store, other: store, dispose: () => Promise.resolve() });
});
