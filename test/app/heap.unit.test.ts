/** Goal: whoever starts Node with a limit of his own keeps it; everybody else gets a heap that stays near what lives. */
import { afterEach, expect, test, vi } from 'vitest';
import * as v8 from 'node:v8';
import { keepHeapLean } from '../../src/app/heap.ts';

vi.mock('node:v8', () => ({ setFlagsFromString: vi.fn() }));
const flags = () => vi.mocked(v8.setFlagsFromString).mock.calls.map(([flag]) => flag);

afterEach(() => {
  vi.useRealTimers();
  vi.restoreAllMocks();
  vi.mocked(v8.setFlagsFromString).mockClear();
});

test.each([
  ['--max-old-space-size=300'],
  ['--trace-warnings --max_old_space_size=300'],
  ['--max-heap-size=300'],
  ['--heap-growing-percent=10'],
])('%s decides', (option) => {
  expect(keepHeapLean(['', option]).closed).toBe(true);
});

test('the heap grows as V8 likes while the process is small, and little when it is large', () => {
  vi.useFakeTimers();
  const resident = vi.spyOn(process.memoryUsage, 'rss').mockReturnValue(2 ** 27);
  const looks = keepHeapLean(['--no-allocation-site-pretenuring']);
  vi.advanceTimersByTime(1_000);
  expect(flags()).toEqual([]);
  resident.mockReturnValue(2 ** 29);
  vi.advanceTimersByTime(1_000);
  resident.mockReturnValue(2 ** 27);
  vi.advanceTimersByTime(1_000);
  expect(flags()).toEqual(['--heap-growing-percent=30', '--heap-growing-percent=0']);
  looks.unsubscribe();
});

test('what passes by is not taken for what lives long', () => {
  keepHeapLean(['--trace-warnings']).unsubscribe();
  expect(flags()).toEqual(['--no-allocation-site-pretenuring']);
});
