import assert from 'node:assert/strict';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';

interface Verdict {
  line: string;
  ok: boolean;
}

interface Compare {
  compare(ratios: Record<string, number | undefined>, stored: Stored): Verdict[];
  failedTwice(first: Verdict[], second: Verdict[]): string[];
  store(ratios: Record<string, number | undefined>, stored: Stored): Stored;
}

type Stored = Record<string, { ratio: number; tolerance: number }>;

describe('comparing benchmarks', () => {
  let bench: Compare;
  before(async () => {
    bench = (await import(pathToFileURL(join(process.cwd(), 'bench', 'compare.mjs')).href)) as Compare;
  });

  const stored: Stored = { steady: { ratio: 2, tolerance: 1.5 }, gone: { ratio: 1, tolerance: 2 } };

  it('takes a ratio up to its tolerance, and any that is less or new', () => {
    const ok = (ratio: number) => bench.compare({ steady: ratio }, stored)[0].ok;
    assert.deepEqual([ok(3), ok(3.01), ok(0.01)], [true, false, true]);
    assert.deepEqual(
      bench
        .compare({ fresh: 99, unmeasured: undefined, never: NaN }, stored)
        .map(({ line, ok }) => [line, ok]),
      [['fresh', true]]
    );
  });

  it('fails a line only where it leaves its tolerance in both runs', () => {
    const run = (steady: number, other: number) =>
      bench.compare({ steady, other }, { ...stored, other: { ratio: 1, tolerance: 1 } });
    assert.deepEqual(bench.failedTwice(run(4, 1), run(4, 2)), ['steady']);
    assert.deepEqual(bench.failedTwice(run(4, 1), run(1, 2)), []);
  });

  it('stores new ratios with the tolerance that a line had', () => {
    assert.deepEqual(bench.store({ steady: 1.23456, fresh: 3 }, stored), {
      ...stored,
      steady: { ratio: 1.23, tolerance: 1.5 },
      fresh: { ratio: 3, tolerance: 2 }
    });
  });
});
