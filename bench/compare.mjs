// Ratios against those of a stored run. A ratio is what something of ours is to its baseline in the same run, so that
// a slower machine slows both; less is better.

/**
 * @typedef {{ ratio: number, tolerance: number, limit?: number }} Line what a ratio was, and how many times as much it
 *   may be; or a limit, for what should be nothing
 * @typedef {{ line: string, ratio: number, stored: number | undefined, limit: number | undefined, ok: boolean }} Verdict
 */

/** What a new line may be, where nobody has said anything else. */
export const USUAL_TOLERANCE = 2;

/**
 * @param {Record<string, number | undefined>} ratios of this run
 * @param {Record<string, Line>} stored of this benchmark
 * @returns {Verdict[]} for all that was measured; what is not stored is within its tolerance
 */
export function compare(ratios, stored) {
  return Object.entries(ratios)
    .filter(([, ratio]) => Number.isFinite(ratio))
    .map(([line, ratio]) => {
      const known = stored[line];
      const limit = known?.limit ?? (known && known.ratio * known.tolerance);
      return { line, ratio, stored: known?.ratio, limit, ok: limit === undefined || ratio <= limit };
    });
}

/** Lines that left their tolerance in both runs. */
export function failedTwice(first, second) {
  const again = new Set(second.filter(({ ok }) => !ok).map(({ line }) => line));
  return first.filter(({ ok, line }) => !ok && again.has(line)).map(({ line }) => line);
}

/** The stored lines with the ratios of this run, each with the tolerance that it had. */
export function store(ratios, stored) {
  const kept = { ...stored };
  for (const { line, ratio } of compare(ratios, stored))
    kept[line] = {
      tolerance: USUAL_TOLERANCE,
      ...stored[line],
      ratio: Number(ratio.toPrecision(3))
    };
  return kept;
}

/** @param {Verdict[]} verdicts */
export function verdictTable(verdicts) {
  return {
    title: 'Against the stored run',
    columns: ['ratio', 'now', 'stored', 'may be up to', ''],
    rows: verdicts.map(({ line, ratio, stored, limit, ok }) => [
      line,
      ratio.toPrecision(3),
      stored?.toPrecision(3) ?? 'new',
      limit?.toPrecision(3) ?? '',
      ok ? 'ok' : '**left its tolerance**'
    ])
  };
}
