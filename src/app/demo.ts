/** The demo's files, in the package. */
import { fileURLToPath } from 'node:url';

const inPackage = (path: string) => fileURLToPath(new URL(`../../${path}`, import.meta.url));

export const DEMO_PIPELINE = inPackage('pipelines/demo.yaml');
export const DEMO_SAMPLE = inPackage('pipelines/demo/sample.ndjson');
