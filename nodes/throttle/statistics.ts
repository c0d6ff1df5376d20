import { plainHealth, type PlainHealth } from '../palette/health';
import type { Engine, OutputReport } from '../engine';
import { profileNamed } from '../music/profile';
import type { ThrottleCounts } from './throttle';

/** Times in ms; zeros where nothing was measured. */
export interface Times {
  p50: number;
  p99: number;
  max: number;
}

/** Figures of a port since it was opened. */
export interface PortFigures {
  device: string;
  name: string;
  port: string | null;
  /** open, opening or missing. */
  state: string;
  /** From when an event was due, or the wire was free, to when it was handed over. */
  lateness: Times;
  /** How long events waited for the wire. */
  wireWait: Times;
  /** Events that wait now, that have waited at most, that may wait, and the first as a part of the last. */
  queue: { depth: number; max: number; limit: number; utilization: number };
  sent: number;
  coalesced: number;
  dropped: number;
  /** Bytes a second since the message before. */
  bytesPerSecond: number;
}

/** What the second output sends. */
export interface Statistics {
  type: 'statistics';
  /** Engine time. */
  timeMs: number;
  throttle: ThrottleCounts & { throttleMs: number };
  ports: PortFigures[];
  health: PlainHealth;
  // The same for programs that ask as they would ask the hardware manager of a sequencer box.
  active_profile: string | null;
  profile_name: string | null;
  clock_running: boolean;
  clock_bpm: number | null;
  latency_avg_ms: number;
  queue_size: number;
  cc_profile: { active_profile: string | null; profile_name: string | null; available_parameters: string[] };
  midi_clock: { enabled: boolean; running: boolean; bpm: number | null };
  latency: {
    avg_ms: number;
    min_ms: number;
    max_ms: number;
    queue_size: number;
    queue_utilization: number;
    pending_cc_count: number;
    total_messages: number;
  };
}

/** What the figures are about. */
export interface Subject {
  /** Id of the device; undefined: all. */
  device: string | undefined;
  /** Id of the profile that the device is set to. */
  profile: string | undefined;
  /** Id of the clock that was heard of last. */
  clock: string | undefined;
  throttleMs: number;
  counts: ThrottleCounts;
}

const ZERO = { count: 0, p50Ms: 0, p99Ms: 0, maxMs: 0, minMs: 0, meanMs: 0 };

/** Gathers the figures of ports, and remembers what it needs to tell how much goes on now. */
export class Statistician {
  private readonly before = new Map<string, { timeMs: number; bytes: number }>();

  constructor(
    private readonly engine: Pick<
      Engine,
      'now' | 'outputReports' | 'health' | 'settings' | 'transport' | 'transportReports'
    >
  ) {}

  /** Reports of the devices that a throttle is about. */
  reports(device: string | undefined): OutputReport[] {
    return this.engine.outputReports().filter(({ id }) => device === undefined || id === device);
  }

  gather({ device, profile: profileId, clock, throttleMs, counts }: Subject): Statistics {
    const timeMs = this.engine.now();
    const reports = this.reports(device);
    const ports = reports.map((report) => this.figures(report, timeMs));
    const profile = profileId === undefined ? undefined : profileNamed(profileId);
    const names = { active_profile: profileId ?? null, profile_name: profile?.name ?? null };
    const state = this.transport(clock);
    const bpm = state?.bpm ?? null;
    const running = state?.running ?? false;
    const all = reports.map(({ latency }) => latency?.lateness ?? ZERO).filter(({ count }) => count > 0);
    const count = all.reduce((sum, each) => sum + each.count, 0);
    const avg = count === 0 ? 0 : all.reduce((sum, each) => sum + each.meanMs * each.count, 0) / count;
    const depth = ports.reduce((sum, { queue }) => sum + queue.depth, 0);
    return {
      type: 'statistics',
      timeMs,
      throttle: { throttleMs, ...counts },
      ports,
      health: plainHealth(this.engine.health()),
      ...names,
      clock_running: running,
      clock_bpm: bpm,
      latency_avg_ms: avg,
      queue_size: depth,
      cc_profile: { ...names, available_parameters: profile?.parameters.map(({ name }) => name) ?? [] },
      midi_clock: { enabled: reports.some(({ counters }) => (counters?.clocks ?? 0) > 0), running, bpm },
      latency: {
        avg_ms: avg,
        min_ms: all.length === 0 ? 0 : Math.min(...all.map(({ minMs }) => minMs)),
        max_ms: Math.max(0, ...all.map(({ maxMs }) => maxMs)),
        queue_size: depth,
        queue_utilization: Math.max(0, ...ports.map(({ queue }) => queue.utilization)),
        pending_cc_count: counts.pending,
        total_messages: ports.reduce((sum, { sent }) => sum + sent, 0)
      }
    };
  }

  /** The clock that was heard of, or the first that runs. */
  private transport(clock: string | undefined): { running: boolean; bpm: number } | undefined {
    const known = clock === undefined ? undefined : this.engine.transport(clock);
    const all = this.engine.transportReports().flatMap(({ id }) => this.engine.transport(id) ?? []);
    const transport = known ?? all.find((each) => each.state().running) ?? all[0];
    return transport && { running: transport.state().running, bpm: transport.bpm() };
  }

  private figures(report: OutputReport, timeMs: number): PortFigures {
    const { id, name, port, state, counters, latency } = report;
    const limit = this.engine.settings.maxPendingEvents;
    const { pending = 0, pendingMax = 0, bytes = 0, sent = 0, coalesced = 0 } = counters ?? {};
    const before = this.before.get(id);
    this.before.set(id, { timeMs, bytes });
    const elapsedMs = timeMs - (before?.timeMs ?? timeMs);
    const isSamePort = before !== undefined && bytes >= before.bytes && elapsedMs > 0;
    return {
      device: id,
      name,
      port: port ?? null,
      state,
      lateness: times(latency?.lateness),
      wireWait: times(latency?.wireWait),
      queue: { depth: pending, max: pendingMax, limit, utilization: pending / limit },
      sent,
      coalesced,
      dropped: (counters?.droppedFull ?? 0) + (counters?.droppedLate ?? 0),
      bytesPerSecond: isSamePort ? ((bytes - before.bytes) / elapsedMs) * 1000 : 0
    };
  }
}

function times({ p50Ms, p99Ms, maxMs } = ZERO): Times {
  return { p50: p50Ms, p99: p99Ms, max: maxMs };
}
