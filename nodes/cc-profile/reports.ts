import type { OutputListener } from '../engine';
import type { Received } from '../music/profile';
import type { LastValue } from './mapper';

/** What was turned at a device, as a message that the next cc profile node understands by name or role. */
export function reportOf({ parameter, value, label, channel }: Received, at: unknown): object {
  const { name, role } = parameter;
  return {
    topic: name,
    payload: value,
    ...(label !== undefined && { label }),
    ...(role !== undefined && { role }),
    ...(channel !== undefined && { channel }),
    ...(at !== undefined && { at })
  };
}

/** How everything stands, a message for each channel. Another cc profile node sets its own device so. */
export function valuesReport(values: readonly LastValue[]): object[] {
  const byChannel = new Map<number | undefined, Record<string, number>>();
  for (const { name, channel, position } of values)
    byChannel.set(channel, { ...byChannel.get(channel), [name]: position });
  if (byChannel.size === 0) byChannel.set(undefined, {});
  return [...byChannel].map(([channel, payload]) => ({
    topic: 'values',
    payload,
    ...(channel !== undefined && { channel })
  }));
}

/** Calls back when a port that was missing is open again, or another one plays in its place. */
export function resendOnReturn(resend: () => void): OutputListener {
  let wasMissing = false;
  let port: string | undefined;
  return {
    outputChanged: (status) => {
      if (status.state === 'missing') wasMissing = true;
      if (status.state !== 'open') return;
      const isBack = wasMissing || (port !== undefined && port !== status.port);
      port = status.port;
      wasMissing = false;
      if (isBack) resend();
    }
  };
}
