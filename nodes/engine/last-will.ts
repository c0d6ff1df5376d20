import type { MusicEvent } from '../music/event';
import { Channel } from './channel';
import type { OutputConfig, PortAddress } from './core/commands';
import type { EngineLink, LinkFactory } from './thread/link';

/** What a core that is gone left sounding on a port, as the events that end it. */
export interface Left {
  address: PortAddress;
  label: string;
  events: readonly MusicEvent[];
}

const CONFIG: OutputConfig = { offsetMs: 0, usPerByte: 0, controlShare: 1 };
/** A core that fails at this too is not waited for. */
const LIMIT_MS = 2000;

/** Ends what was left sounding, by one more core that is there for nothing else. */
export function release(connect: LinkFactory, left: readonly Left[]): void {
  if (left.length === 0) return;
  let waiting = left.length;
  let isAsked = false;
  const limit = setTimeout(() => void link.stop(), LIMIT_MS);
  limit.unref();
  const ask = () => {
    isAsked = true;
    const channel = new Channel(link);
    left.forEach(({ address, label, events }, output) => {
      channel.command({ op: 'openOutput', output, address, label, config: CONFIG, sounding: events });
    });
  };
  const link: EngineLink = connect({
    knocked: () => undefined,
    news: ({ op }) => {
      if (op === 'ports' && !isAsked) ask();
      else if ((op === 'opened' || op === 'refused') && --waiting === 0) void link.stop();
    },
    ended: () => clearTimeout(limit),
    stuck: () => undefined,
    unstuck: () => undefined
  });
}
