// npm test: installs what the tests need where that is possible, then runs all that `npm run verify` runs.
import { provisionServers, RUNTIME_CHECK } from './provision.mjs';
import { verify } from './verify.mjs';

provisionServers();
process.exitCode = await verify(process.argv.slice(2), [RUNTIME_CHECK]);
