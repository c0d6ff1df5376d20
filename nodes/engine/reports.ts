import type { Words } from '../music/words';
import type { OutputHandle } from './output-handle';
import type { PortInfo } from './ports/driver';
import type { Counter, HistogramName, Percentiles, PortStats } from './shared/stats';

/** What the engine runs on; `state` is 'failed' when the worker is gone and a restart of Node-RED is needed. */
export interface EngineReport {
  state: 'starting' | 'ok' | 'failed';
  driver: string;
  waiter: string;
  priority: { granted: string; priority: number; advice: string };
  ports: PortInfo[];
  /** What could not be had, one sentence each. */
  refused: string[];
  error?: string;
  /** When the worker was restarted within the last minute, in engine time. */
  restartsMs: number[];
  /** Spans and beats lost because the main thread did not come to read them. */
  lostRecords: number;
  /** How often input was lost, because it was not read in time. */
  lostInputs: number;
}

/** Figures of one output's port since its opening. */
export interface OutputReport {
  id: string;
  name: string;
  state: string;
  port: string | undefined;
  /** Why there is no port. */
  error: string | undefined;
  /** The same, for whoever reads another language than English. */
  words: Words | undefined;
  counters: Record<Counter, number> | undefined;
  latency: Record<HistogramName, Percentiles> | undefined;
  /** Events that left later than the setting `lateWarningMs`. */
  lateEvents: number;
  /** Events in no clock's time that were given before the port was open, and are lost. */
  unsent: number;
  /** Events that waited for a port when it went, since the device was opened. */
  stranded: number;
}

/** What became of a transport's announcements. */
export interface TransportReport {
  id: string;
  name: string;
  /** Time that went by unheard, because nobody was there to hear its spans before they were over, in ms. */
  missedMs: number;
}

/**
 * @param stats those of the output's port, where it has one
 * @param lateMs from when on an event counts as late
 */
export function reportOf(
  { id, name, status, unsent, stranded }: OutputHandle,
  stats: PortStats | undefined,
  lateMs: number
): OutputReport {
  return {
    id,
    name,
    state: status.state,
    port: status.state === 'open' ? status.port : undefined,
    error: status.state === 'missing' ? status.error.message : undefined,
    words: status.state === 'missing' ? status.error.words : undefined,
    counters: stats?.readCounters(),
    unsent,
    stranded,
    lateEvents: stats?.countAbove('lateness', lateMs) ?? 0,
    latency: stats && {
      lateness: stats.percentiles('lateness'),
      clockLateness: stats.percentiles('clockLateness'),
      wireWait: stats.percentiles('wireWait')
    }
  };
}
