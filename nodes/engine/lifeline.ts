import type { News } from './core/commands';
import { Internal } from './errors';
import { release, type Left } from './last-will';
import type { EngineReport } from './reports';
import { Restarts } from './restarts';
import type { EngineSettings } from './settings';
import { RecordRing } from './shared/ring';
import type { EngineLink, LinkFactory } from './thread/link';

/** What the lifeline needs of the engine. */
export interface LifelineHost {
  /** Records wait to be taken. */
  knocked(): void;
  news(news: News): void;
  /** What is to go on is noted now; the answer lets it go on in the core that then is there. */
  keep(): () => void;
  /** What a core that is gone has left sounding. */
  left(): Left[];
  /** Nothing is going to play any more. */
  givenUp(failure: Internal): void;
  /** Tells the nodes; the engine looks at its health afterwards. */
  tell(event: 'recovered' | 'restarted' | 'failed', error?: Internal): void;
}

/**
 * The link to the worker, and what becomes of it. Where the worker ends, another takes over, a few times a minute; where
 * it ends over and over, it is given up, and what sounds is ended.
 */
export class Lifeline {
  link: EngineLink;
  control: Int32Array;
  outbox: RecordRing;
  /** When a worker ended, until another is there. */
  lostMs: number | undefined;
  readonly restarts: Restarts;
  /** How the worker is, and what it runs on. */
  readonly status: EngineReport = {
    state: 'starting',
    driver: 'none',
    waiter: 'none',
    priority: { granted: 'none', priority: 0, advice: '' },
    ports: [],
    refused: [],
    restartsMs: [],
    lostRecords: 0,
    lostInputs: 0
  };
  private disposed = false;

  constructor(
    settings: EngineSettings,
    private readonly connect: LinkFactory,
    private readonly host: LifelineHost
  ) {
    this.restarts = new Restarts(settings.recovery.Internal === 'stop' ? 0 : settings.restartsPerMinute);
    this.link = this.makeLink();
    this.control = new Int32Array(this.link.memory.control);
    this.outbox = new RecordRing(this.link.memory.outbox);
  }

  /** Ends the worker; nothing follows it. */
  async stop(): Promise<void> {
    this.disposed = true;
    await this.link.stop();
  }

  private makeLink(): EngineLink {
    const link: EngineLink = this.connect({
      knocked: () => this.host.knocked(),
      news: (news) => this.host.news(news),
      ended: (error) => this.coreEnded(error),
      stuck: (error) => this.fail(error),
      unstuck: () => {
        this.status.state = 'ok';
        delete this.status.error;
        this.host.tell('recovered');
      }
    });
    return link;
  }

  /** The core is gone. A few times a minute another takes over, in phase and with every note ended. */
  private coreEnded(error: Error | undefined): void {
    if (error === undefined || this.disposed) return;
    if (!this.restarts.ended(this.link.now())) return this.giveUp(error);
    const goOn = this.host.keep();

    this.link = this.makeLink();
    this.control = new Int32Array(this.link.memory.control);
    this.outbox = new RecordRing(this.link.memory.outbox);
    goOn();
    this.lostMs ??= this.link.now();
    this.host.tell(
      'restarted',
      new Internal(`the realtime worker was restarted, because ${error.message}`, error)
    );
  }

  private fail(error: Error): void {
    const failure = this.failure(error);
    this.status.state = 'failed';
    this.status.error = failure.message;
    this.host.tell('failed', failure);
  }

  /** No other core takes over, but what the last one left sounding ends. */
  private giveUp(error: Error): void {
    release(this.connect, this.host.left());
    this.host.givenUp(this.failure(error));
    this.fail(error);
  }

  private failure(error: Error): Internal {
    return new Internal(`the realtime worker ended: ${error.message}; restart Node-RED`, error);
  }
}
