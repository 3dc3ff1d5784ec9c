// npm test: installs what the tests need where that is possible, then runs all that `npm run verify` runs.
import { provision } from './provision.mjs';
import { verify } from './verify.mjs';

provision();
process.exitCode = verify(process.argv.slice(2));
