import { DEFAULT_SETTINGS, type Engine, type Health, type OutputReport } from '../engine';
import { toWire } from '../music/meter';

/** How often what changes slowly goes out with the news. */
const SLOW_MS = 500;
/** A sidebar that looks asks again within this; when it is hidden it does not, and nothing is sent. */
export const LEASE_MS = 8000;
/** Messages a second in the news; what a flood holds beyond that is counted. */
const MAX_SENT_PER_S = 8000;

const MIDI_CLOCK = 0xf8;

/** A message that was handed to a port: the id of the device, engine time in ms, and its bytes. */
export type SentMessage = [output: string, timeMs: number, ...bytes: number[]];

/** A transport as it stands at the moment of the news. */
export interface TransportNews {
  id: string;
  name: string;
  running: boolean;
  bpm: number;
  /** Song ticks. */
  position: number;
  beatsPerBar: number;
  beatUnit: number;
  /** Song ticks of the bar line from which bars count, and the number of its bar, from 1. */
  barPosition: number;
  bar: number;
}

/** What the sidebar is told as often as `phasorFeedbackHz` says. */
export interface FastNews {
  /** Time between this and the next, in ms. */
  periodMs: number;
  /** Engine time in ms. */
  nowMs: number;
  transports: TransportNews[];
  sent: SentMessage[];
  /** The same of what arrived, with the name of the port; MIDI clock left out here too. */
  received: SentMessage[];
  /** Messages left out, because there were too many. */
  more: number;
}

/** What it is told twice a second, or as often as it is told anything. */
export interface SlowNews {
  driver: string;
  waiter: string;
  priority: { granted: string; priority: number; advice: string };
  ports: { name: string; direction: string; kind: string }[];
  outputs: (OutputReport & { histogram: [ms: number, count: number][] })[];
  health: Health;
}

export type News = FastNews & { slow?: SlowNews };

/** What a feed needs of its surroundings. */
export interface FeedHost {
  /** The engine that runs, if one does. */
  engine(): Engine | undefined;
  publish(news: News): void;
  now(): number;
}

/** Tells the sidebars what goes on, while at least one of them looks. */
export class Feed {
  private timer: NodeJS.Timeout | undefined;
  private untilMs = 0;
  private slowAtMs = 0;
  private periodMs = 0;
  private sent: SentMessage[] = [];
  private received: SentMessage[] = [];
  private more = 0;
  private watched: Engine | undefined;
  private unwatch: (() => void) | undefined;

  constructor(private readonly host: FeedHost) {}

  /** Somebody looks, for the next {@link LEASE_MS}. */
  look(): void {
    this.untilMs = this.host.now() + LEASE_MS;
    if (this.timer !== undefined) return;
    this.slowAtMs = 0;
    this.setPeriod(this.host.engine());
  }

  private setPeriod(engine: Engine | undefined): void {
    this.periodMs = Math.ceil(1000 / (engine?.settings ?? DEFAULT_SETTINGS).feedbackHz); // timers know whole ms only
    clearInterval(this.timer);
    this.timer = setInterval(() => this.tell(), this.periodMs);
    this.timer.unref();
  }

  stop(): void {
    clearInterval(this.timer);
    this.timer = undefined;
    this.watch(undefined);
  }

  private tell(): void {
    const atMs = this.host.now();
    if (atMs > this.untilMs) return this.stop();
    const engine = this.host.engine();
    if (engine !== this.watched) this.watch(engine);
    if (engine === undefined) return;
    const { sent, received, more, periodMs } = this;
    this.forget();
    // Half a period early rather than half a period late.
    const slow = atMs >= this.slowAtMs - periodMs / 2 ? slowNews(engine) : undefined;
    if (slow !== undefined) this.slowAtMs = atMs + SLOW_MS;
    const transports = transportNews(engine);
    this.host.publish({ periodMs, nowMs: engine.now(), transports, sent, received, more, slow });
  }

  private watch(engine: Engine | undefined): void {
    this.unwatch?.();
    this.unwatch = undefined;
    this.watched = engine;
    this.forget();
    if (engine === undefined) return;
    this.setPeriod(engine);
    const most = (MAX_SENT_PER_S * this.periodMs) / 1000;
    const take = (list: SentMessage[], message: SentMessage) => {
      if (list.length < most) list.push(message);
      else this.more++;
    };
    const ends = [
      engine.watchSent((output, bytes, timeMs) => take(this.sent, [output, timeMs, ...bytes])),
      engine.watchReceived((port, bytes, timeMs) => {
        if (bytes[0] !== MIDI_CLOCK) take(this.received, [port, timeMs, ...bytes]);
      })
    ];
    this.unwatch = () => ends.forEach((end) => end());
  }

  private forget(): void {
    this.sent = [];
    this.received = [];
    this.more = 0;
  }
}

function transportNews(engine: Engine): TransportNews[] {
  return engine.transportHandles().map((transport) => {
    const { state, position, meter } = transport.snapshot();
    const { id, name } = transport;
    return { id, name, running: state.running, bpm: transport.bpm(), position, ...toWire(meter) };
  });
}

function slowNews(engine: Engine): SlowNews {
  const { driver, waiter, priority, ports } = engine.report();
  return {
    driver,
    waiter,
    priority,
    ports,
    outputs: engine.outputReports().map((report) => ({
      ...report,
      histogram: engine.histogramOf(report.id)
    })),
    health: engine.health()
  };
}
