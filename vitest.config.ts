import { availableParallelism } from 'node:os';
import { defineConfig } from 'vitest/config';

/** More than there are processors: most of the integration tests wait, and of those each file has servers of its own. They
 *  come first, because their project does by name. */
const maxWorkers = availableParallelism() + 1;

export default defineConfig({
  test: {
    projects: [
      {
        test: {
          name: 'unit',
          maxWorkers,
          include: ['test/**/*.unit.test.ts', 'test/**/*.prop.test.ts'],
          setupFiles: ['test/support/property-seed.ts'],
          testTimeout: 60_000,
          hookTimeout: 60_000,
          expect: { poll: { timeout: 20_000 } },
        },
      },
      {
        test: {
          name: 'int',
          maxWorkers,
          include: ['test/**/*.int.test.ts'],
          globalSetup: ['test/support/built.ts'],
          testTimeout: 180_000,
          hookTimeout: 180_000,
          expect: { poll: { timeout: 60_000 } },
        },
      },
    ],
  },
});
