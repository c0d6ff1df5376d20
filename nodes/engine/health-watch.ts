import { healthOf, type Complaint, type DatedComplaint, type Evidence, type Health } from './health';
import type { OutputReport } from './reports';
import type { EngineSettings } from './settings';

/** At most so many looks are remembered, however far back health looks. */
const MAX_LOOKS = 60;

/** The running totals at one look. */
interface Look {
  atMs: number;
  lostRecords: number;
  lostInputs: number;
  missedMs: Map<string, number>;
  outputs: Map<string, Totals>;
}

const NOTHING: Look = { atMs: 0, lostRecords: 0, lostInputs: 0, missedMs: new Map(), outputs: new Map() };

interface Totals {
  sent: number;
  droppedFull: number;
  droppedLate: number;
  sendErrors: number;
  lateEvents: number;
  unsent: number;
}

/**
 * Judges the engine over and over, by what has happened within the last minute (a setting), and remembers since when
 * each complaint holds. What was mended is forgotten when that time is over.
 */
export class HealthWatch {
  private readonly looks: Look[] = [];
  private readonly since = new Map<string, number>();
  private current: Health;

  constructor(
    private readonly settings: EngineSettings,
    nowMs: number
  ) {
    this.current = { state: 'ok', ...date(nowMs), complaints: [] };
  }

  get health(): Health {
    return this.current;
  }

  /** Takes a look. Returns whether the state, or what is complained of, is another than before. */
  look(nowMs: number, evidence: Evidence): boolean {
    const now = totals(nowMs, evidence);
    while (this.looks.length > 1 && this.looks[1].atMs <= nowMs - this.settings.healthWindowMs)
      this.looks.shift();
    const then = this.looks[0] ?? NOTHING;
    if (nowMs - (this.looks.at(-1)?.atMs ?? -Infinity) >= this.settings.healthWindowMs / MAX_LOOKS)
      this.looks.push(now);
    const { state, complaints } = healthOf(recent(evidence, now, then), this.settings);
    const dated = complaints.map((complaint) => this.date(complaint, nowMs));
    const keys = dated.map(keyOf);
    for (const key of this.since.keys()) if (!keys.includes(key)) this.since.delete(key);
    const before = this.current;
    const changed = before.state !== state || before.complaints.map(keyOf).join() !== keys.join();
    const { sinceMs, since } = before.state === state ? before : date(nowMs);
    this.current = { state, sinceMs, since, complaints: dated };
    return changed;
  }

  private date(complaint: Complaint, nowMs: number): DatedComplaint {
    const key = keyOf(complaint);
    const sinceMs = this.since.get(key) ?? nowMs;
    this.since.set(key, sinceMs);
    return { ...complaint, ...date(sinceMs) };
  }
}

function keyOf({ code, subject }: Complaint): string {
  return `${code} ${subject ?? ''}`;
}

function date(sinceMs: number): { sinceMs: number; since: string } {
  return { sinceMs, since: new Date(performance.timeOrigin + sinceMs).toISOString() };
}

function totals(atMs: number, { report, outputs, transports }: Evidence): Look {
  return {
    atMs,
    lostRecords: report.lostRecords,
    lostInputs: report.lostInputs,
    missedMs: new Map(transports.map(({ id, missedMs }) => [id, missedMs])),
    outputs: new Map(outputs.map((output) => [output.id, totalsOf(output)]))
  };
}

function totalsOf({ counters, lateEvents, unsent }: OutputReport): Totals {
  const { sent = 0, droppedFull = 0, droppedLate = 0, sendErrors = 0 } = counters ?? {};
  return { sent, droppedFull, droppedLate, sendErrors, lateEvents, unsent };
}

/** The evidence with what has been added to the figures since `then`. */
function recent({ report, outputs, transports }: Evidence, now: Look, then: Look): Evidence {
  return {
    report: {
      ...report,
      lostRecords: added(now.lostRecords, then.lostRecords),
      lostInputs: added(now.lostInputs, then.lostInputs)
    },
    transports: transports.map((transport) => ({
      ...transport,
      missedMs: added(transport.missedMs, then.missedMs.get(transport.id))
    })),
    outputs: outputs.map((output) => {
      const before = then.outputs.get(output.id);
      const { lateEvents, unsent, ...counts } = totalsOf(output);
      const more = Object.entries(counts).map(([name, count]) => [
        name,
        added(count, before?.[name as keyof Totals])
      ]);
      return {
        ...output,
        lateEvents: added(lateEvents, before?.lateEvents),
        unsent: added(unsent, before?.unsent),
        counters: output.counters && { ...output.counters, ...Object.fromEntries(more) }
      };
    })
  };
}

/** A figure that is less than it was has begun anew, with another port or another worker. */
function added(now: number, then = 0): number {
  return now >= then ? now - then : now;
}
