/** Properties are tried on the same values in each run, so that a run says something of the change and not of its luck.
 *  `EARSHOT_PROPERTY_SEED=random` draws others; a property that fails prints the seed and the path that replay it. */
import { configureGlobal } from 'fast-check';

const { EARSHOT_PROPERTY_SEED = '20261122' } = process.env;
if (EARSHOT_PROPERTY_SEED !== 'random') configureGlobal({ seed: Number(EARSHOT_PROPERTY_SEED) });
