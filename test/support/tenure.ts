/** Ownership for tests of what is done in its time. */
import { LeaseLostError, type Tenure } from '../../src/app/services/tenure.ts';

export interface TestTenure extends Tenure {
  /** From now on the pipeline is another's. */
  lose(): void;
}

/** A tenure that is assured until it is lost. */
export function aTenure(epoch = 1): TestTenure {
  let isLost = false;
  return {
    epoch,
    isAssured: () => !isLost,
    renew: () => Promise.resolve(!isLost),
    assure: () => (isLost ? Promise.reject(new LeaseLostError('lost by the test')) : Promise.resolve()),
    lose: () => {
      isLost = true;
    },
  };
}
