import type { OutputListener } from '../engine';
import type { Received } from '../music/profile';

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

/** Calls back when a port that was missing is open again. */
export function resendOnReturn(resend: () => void): OutputListener {
  let wasMissing = false;
  return {
    outputChanged: ({ state }) => {
      if (state === 'missing') wasMissing = true;
      if (state !== 'open' || !wasMissing) return;
      wasMissing = false;
      resend();
    }
  };
}
