/** Random numbers that a seed repeats: a failing test prints its seed. */
export { mulberry32 as seededRandom } from '../../src/core/random/mulberry32.ts';
