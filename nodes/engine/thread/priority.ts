import { existsSync } from 'node:fs';
import { setPriority } from 'node:os';
import type { NativeAddon } from './native';

/** Priority that is asked for unless told otherwise: below audio servers, above everything ordinary. */
export const DEFAULT_PRIORITY = 70;
const NICE = -10;

/** What the calling thread got, and how to get more. */
export interface PriorityReport {
  granted: 'fifo' | 'nice' | 'none';
  /** FIFO priority 1–99, or the nice value, or 0. */
  priority: number;
  /** The kernel's number of the thread, 0 where unknown. */
  tid: number;
  /** Why it is less than wished; empty when it is not. */
  reason: string;
  /** One sentence on how to get more; empty when nothing is missing. */
  advice: string;
}

/**
 * Raises the calling thread, to be called in the worker: realtime where it is allowed, else a better nice value.
 * @param wished FIFO priority from 1 to 99
 */
export function requestPriority(wished: number, native: NativeAddon | undefined): PriorityReport {
  if (native) {
    const { policy, priority, tid, reason } = native.requestRealtime(wished);
    const advice = policy === 'fifo' && priority >= wished ? '' : adviceFor(wished);
    return { granted: policy, priority, tid, reason, advice };
  }
  if (process.platform !== 'linux') {
    const advice = 'Realtime priority is supported on Linux only: keep other programs on this machine quiet.';
    return { granted: 'none', priority: 0, tid: 0, reason: 'not supported on this platform', advice };
  }
  const reason = 'the native addon is missing';
  const advice = 'Realtime priority needs the native addon.';
  try {
    setPriority(0, NICE); // on Linux this is the calling thread, not the process
    return { granted: 'nice', priority: NICE, tid: 0, reason, advice };
  } catch {
    return { granted: 'none', priority: 0, tid: 0, reason, advice };
  }
}

/** How to allow realtime priority here: each way of running Node-RED has one place where it is set. */
function adviceFor(wished: number): string {
  if (existsSync('/.dockerenv') || existsSync('/run/.containerenv')) {
    return `For realtime priority start the container with --ulimit rtprio=${wished}, or with --cap-add=SYS_NICE.`;
  }
  if (process.env['INVOCATION_ID']) {
    return (
      `For realtime priority put "[Service]" and "LimitRTPRIO=${wished}" into ` +
      '/etc/systemd/system/nodered.service.d/realtime.conf, then run "systemctl daemon-reload" and restart Node-RED.'
    );
  }
  return (
    `For realtime priority put "@audio - rtprio ${wished}" into /etc/security/limits.d/audio.conf, ` +
    'add the user to the group "audio", and log in again.'
  );
}
