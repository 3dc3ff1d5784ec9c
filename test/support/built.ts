/** Before all integration tests, whose files run side by side: they start what is built. */
export { buildEarshot as setup } from './earshot.ts';
