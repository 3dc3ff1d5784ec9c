/** Goal: planned where it is cheap while that is quick enough, and beside where it is not; not to and fro. */
import { expect, test } from 'vitest';
import { PlanPlace } from '../../../src/app/scoring/plan-place.ts';
import type { Plan } from '../../../src/core/scorer/scorer.ts';

/** A plan that took so long, told by two stages. */
function planOf(ms: number): Plan {
  const seconds = ms / 2_000;
  const stage = (name: 'decode' | 'sentiment') =>
    ({ type: 'stage_time', stage: name, seconds, messages: 1 }) as const;
  return { deliveries: [], events: [stage('decode'), { type: 'decoded', messages: 1 }, stage('sentiment')] };
}

/** Where a delivery takes so long. */
function placeWhere(deliveryMs: number): PlanPlace {
  const place = new PlanPlace();
  place.note(planOf(deliveryMs * 100), 100);
  return place;
}

test('beside, until it is known what a delivery costs', () => {
  const place = new PlanPlace();
  expect(place.isHere(1, 0)).toBe(false);
  place.note({ deliveries: [], events: [] }, 0);
  expect(place.isHere(1, 0)).toBe(false);
  place.note(planOf(0.1), 1);
  expect(place.isHere(1, 0)).toBe(true);
});

test('beside from a tenth of a second of work that waits, until nearly all of it is done', () => {
  const place = placeWhere(0.1);
  expect(place.isHere(10, 980)).toBe(true);
  expect(place.isHere(10, 1_000)).toBe(false);
  expect(place.isHere(10, 300)).toBe(false);
  expect(place.isHere(10, 200)).toBe(false);
  expect(place.isHere(10, 180)).toBe(true);
  expect(place.isHere(10, 300)).toBe(true);
});

test('what would hold this thread up for long is planned beside, and nothing else for that', () => {
  const place = placeWhere(1);
  expect(place.isHere(10, 0)).toBe(true);
  expect(place.isHere(12, 0)).toBe(false);
  expect(place.isHere(10, 0)).toBe(true);
  expect(placeWhere(25).isHere(1, 0)).toBe(false);
});

test('what planning costs follows what it took of late', () => {
  const place = placeWhere(25);
  for (let plans = 0; plans < 100; plans += 1) place.note(planOf(1), 10);
  expect(place.isHere(40, 0)).toBe(true);
  for (let plans = 0; plans < 100; plans += 1) place.note(planOf(100), 1);
  expect(place.isHere(1, 0)).toBe(false);
});

test('of plans handed back in parts, one of which tells the time of all', () => {
  const place = placeWhere(1);
  for (let plans = 0; plans < 100; plans += 1) {
    place.note(planOf(30), 1);
    place.note({ deliveries: [], events: [] }, 29);
  }
  expect(place.isHere(9, 0)).toBe(true);
  expect(place.isHere(12, 0)).toBe(false);
});
