import type { EngineReport, OutputReport, TransportReport } from './reports';
import type { EngineSettings } from './settings';

export type HealthState = 'ok' | 'degraded' | 'failed';

/** One thing that is not as it should be. */
export interface Complaint {
  /** What kind of thing, for programs: failed, restarted, blocked, silence, noPort, unsent, dropped, late, notTaken. */
  code: string;
  /** Name of the device or clock that it is about; undefined: the whole engine. */
  subject?: string;
  why: string;
  todo: string;
}

/** A complaint with when it began: engine time, and the same as a date in ISO 8601. */
export interface DatedComplaint extends Complaint {
  sinceMs: number;
  since: string;
}

/** How the engine does, in one word and in sentences. */
export interface Health {
  state: HealthState;
  /** Since when it is in this state. */
  sinceMs: number;
  since: string;
  complaints: DatedComplaint[];
}

/** From when on figures are a complaint. */
export type HealthLimits = Pick<EngineSettings, 'lateWarningMs' | 'warningShare'>;

/** What health is judged by; the figures are those of the time that it looks back on. */
export interface Evidence {
  report: EngineReport;
  outputs: readonly OutputReport[];
  transports: readonly TransportReport[];
}

/** Failed when nothing can be played, degraded when something cannot, or not as it should. */
export function healthOf(
  { report, outputs, transports }: Evidence,
  limits: HealthLimits
): { state: HealthState; complaints: Complaint[] } {
  if (report.state === 'failed') {
    const why = report.error ?? 'the engine failed';
    return { state: 'failed', complaints: [{ code: 'failed', why, todo: 'restart Node-RED' }] };
  }
  const complaints: Complaint[] = [];
  if (report.restartsMs.length > 0) {
    complaints.push({
      code: 'restarted',
      why: `the realtime worker was restarted ${times(report.restartsMs.length)} within a minute`,
      todo: 'see the log for the error behind it'
    });
  }
  if (report.lostRecords > 0) {
    complaints.push({
      code: 'blocked',
      why: `${report.lostRecords} span(s) or beat(s) were lost because the main thread was blocked for too long`,
      todo: 'find the node that blocks Node-RED'
    });
  }
  for (const { name, missedMs } of transports) {
    if (missedMs === 0) continue;
    complaints.push({
      code: 'silence',
      subject: name,
      why: `${name}: ${missedMs.toFixed(0)} ms went by before the flow was there to play them`,
      todo: 'raise the lookahead of the clock above what a deploy takes'
    });
  }
  for (const output of outputs) complaints.push(...complaintsAbout(output, limits));
  return { state: complaints.length > 0 ? 'degraded' : 'ok', complaints };
}

function complaintsAbout(
  { name: subject, state, error, counters, lateEvents, unsent }: OutputReport,
  { lateWarningMs, warningShare }: HealthLimits
): Complaint[] {
  const complaints: Complaint[] = [];
  const complain = (code: string, why: string, todo: string) =>
    complaints.push({ code, subject, why: `${subject}: ${why}`, todo });
  if (state === 'missing') complain('noPort', error ?? 'no port', 'plug it in, or choose another port');
  if (unsent > 0) {
    complain(
      'unsent',
      `${unsent} event(s) came before the port was open, and are lost`,
      'send them again; at the start of Node-RED wait until the status shows the port'
    );
  }
  if (counters === undefined) return complaints;
  const { sent, droppedFull, droppedLate, sendErrors } = counters;
  if (droppedFull + droppedLate > sent * warningShare) {
    complain(
      'dropped',
      `${droppedFull} event(s) were dropped because the queue was full, ${droppedLate} because they came too late`,
      droppedLate > droppedFull ? 'raise the lookahead of the clock' : 'send less to this port'
    );
  }
  if (sendErrors > 0)
    complain('notTaken', `${sendErrors} message(s) were not taken`, 'check who reads the port');
  if (lateEvents > sent * warningShare) {
    complain(
      'late',
      `${lateEvents} event(s) left more than ${lateWarningMs} ms late`,
      'see Realtime priority in the README'
    );
  }
  return complaints;
}

function times(count: number): string {
  return count === 1 ? 'once' : `${count} times`;
}
