import type { EngineReport, OutputReport } from './reports';

/** One thing that is not as it should be. */
export interface Complaint {
  why: string;
  todo: string;
}

/** How the engine does, in one word and in sentences. */
export interface Health {
  state: 'ok' | 'degraded' | 'failed';
  complaints: Complaint[];
}

/** From here on what a port has dropped counts as too much: one event in a thousand. */
const DROPPED_SHARE = 0.001;

/** Judges an engine by its report: failed when nothing can be played, degraded when something cannot. */
export function healthOf(report: EngineReport, outputs: readonly OutputReport[]): Health {
  if (report.state === 'failed') {
    return {
      state: 'failed',
      complaints: [{ why: report.error ?? 'the engine failed', todo: 'restart Node-RED' }]
    };
  }
  const complaints: Complaint[] = [];
  if (report.restartsMs.length > 0) {
    complaints.push({
      why: `the realtime worker was restarted ${report.restartsMs.length} time(s) within a minute`,
      todo: 'see the log for the error behind it'
    });
  }
  if (report.lostRecords > 0) {
    complaints.push({
      why: `${report.lostRecords} span(s) or beat(s) were lost because the main thread was blocked for too long`,
      todo: 'find the node that blocks Node-RED'
    });
  }
  for (const output of outputs) complaints.push(...complaintsAbout(output));
  return { state: complaints.length > 0 ? 'degraded' : 'ok', complaints };
}

function complaintsAbout({ name, state, error, counters }: OutputReport): Complaint[] {
  const complaints: Complaint[] = [];
  if (state === 'missing')
    complaints.push({ why: `${name}: ${error ?? 'no port'}`, todo: 'plug it in, or choose another port' });
  if (counters !== undefined) {
    const dropped = counters.droppedFull + counters.droppedLate;
    if (dropped > counters.sent * DROPPED_SHARE) {
      complaints.push({
        why: `${name}: ${counters.droppedFull} event(s) were dropped because the queue was full, ${counters.droppedLate} because they came too late`,
        todo:
          counters.droppedLate > counters.droppedFull
            ? 'raise the lookahead of the clock'
            : 'send less to this port'
      });
    }
    if (counters.sendErrors > 0)
      complaints.push({
        why: `${name}: ${counters.sendErrors} message(s) were not taken`,
        todo: 'check who reads the port'
      });
  }
  return complaints;
}
