import { said, tell, type Words } from '../music/words';
import type { EngineReport, OutputReport, TransportReport } from './reports';
import type { EngineSettings } from './settings';

export type HealthState = 'ok' | 'degraded' | 'failed';

/** One thing that is not as it should be. */
export interface Complaint {
  /**
   * What kind of thing, for programs: failed, restarted, blocked, inputLost, silence, noPort, unsent, dropped, late,
   * notTaken.
   */
  code: string;
  /** Name of the device or clock that it is about; undefined: the whole engine. */
  subject?: string;
  /** What is wrong, and what to do about it. */
  why: string;
  todo: string;
  /** The same, for whoever reads another language than English. */
  words: { why: Words; todo: Words };
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
    const failed = complaint('failed', 'the realtime worker failed too often', 'restart Node-RED');
    return { state: 'failed', complaints: [{ ...failed, why: report.error ?? failed.why }] };
  }
  const complaints: Complaint[] = [];
  if (report.restartsMs.length > 0) {
    complaints.push(
      complaint(
        'restarted',
        said('the realtime worker was restarted, within a minute: __count__ ×', {
          count: report.restartsMs.length
        }),
        'see the log for the error behind it'
      )
    );
  }
  if (report.lostRecords > 0) {
    complaints.push(
      complaint(
        'blocked',
        said('__count__ span(s) or beat(s) were lost because the main thread was blocked for too long', {
          count: report.lostRecords
        }),
        'find the node that blocks Node-RED'
      )
    );
  }
  if (report.lostInputs > 0) {
    complaints.push(
      complaint(
        'inputLost',
        said('__count__ × something that arrived was lost, because it was not read in time', {
          count: report.lostInputs
        }),
        'find the node that blocks Node-RED'
      )
    );
  }
  for (const { name, missedMs } of transports) {
    if (missedMs === 0) continue;
    complaints.push(
      complaint(
        'silence',
        said('__ms__ ms went by before the flow was there to play them', { ms: Math.round(missedMs) }),
        'raise the lookahead of the clock above what a deploy takes',
        name
      )
    );
  }
  for (const output of outputs) complaints.push(...complaintsAbout(output, limits));
  return { state: complaints.length > 0 ? 'degraded' : 'ok', complaints };
}

function complaintsAbout(
  { name: subject, state, words, counters, lateEvents, unsent }: OutputReport,
  { lateWarningMs, warningShare }: HealthLimits
): Complaint[] {
  const complaints: Complaint[] = [];
  const complain = (code: string, why: Words, todo: Words) =>
    complaints.push(complaint(code, why, todo, subject));
  if (state === 'missing') complain('noPort', words ?? 'no port', 'plug it in, or choose another port');
  if (unsent > 0) {
    complain(
      'unsent',
      said('__count__ event(s) came before the port was open, and are lost', { count: unsent }),
      'send them again; at the start of Node-RED wait until the status shows the port'
    );
  }
  if (counters === undefined) return complaints;
  const { sent, droppedFull, droppedLate, sendErrors } = counters;
  if (droppedFull + droppedLate > sent * warningShare) {
    complain(
      'dropped',
      dropped(droppedFull, droppedLate),
      droppedLate > droppedFull ? 'raise the lookahead of the clock' : 'send less to this port'
    );
  }
  if (sendErrors > 0)
    complain(
      'notTaken',
      said('__count__ message(s) were not taken', { count: sendErrors }),
      'check who reads the port'
    );
  if (lateEvents > sent * warningShare) {
    complain(
      'late',
      said('__count__ event(s) left more than __ms__ ms late', { count: lateEvents, ms: lateWarningMs }),
      'see Realtime priority in the README'
    );
  }
  return complaints;
}

function dropped(full: number, late: number): Words {
  if (late === 0) return said('__count__ event(s) were dropped, because the queue was full', { count: full });
  if (full === 0) return said('__count__ event(s) came too late, and were dropped', { count: late });
  return said('dropped events: __full__ because the queue was full, __late__ because they came too late', {
    full,
    late
  });
}

function complaint(code: string, what: Words, todo: Words, subject?: string): Complaint {
  const why =
    subject === undefined ? what : said('__place__: __problem__', { place: subject, problem: what });
  return {
    code,
    ...(subject !== undefined && { subject }),
    why: tell(why),
    todo: tell(todo),
    words: { why, todo }
  };
}
