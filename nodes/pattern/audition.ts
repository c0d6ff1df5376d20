/** What the dialog of a pattern asks of the running node: where it plays, and to play what is being edited. */
import type { NodeAPI } from 'node-red';
import { InvalidParameter, PhasorError } from '../music/errors';
import type { PatternFields } from './pattern-config';
import type { Change, Whereabouts } from './performer';

/** An audition that nobody asks after for so long ends: the browser may be gone. */
export const AUDITION_MS = 10_000;
/** The fields that an audition sets. */
const KEYS = ['source', 'grid'] as const;
type Auditioned = Pick<PatternFields, (typeof KEYS)[number]>;

/** A pattern node, as far as auditions go. */
export interface Audible {
  readonly fields: PatternFields;
  change(change: Change): void;
  whereabouts(): Whereabouts | undefined;
}

/** What the dialog is told. */
export interface PlayingReport {
  /** Undefined: it does not play. */
  readonly where?: Whereabouts;
  readonly auditioned: boolean;
}

/** The audition of one node: it plays other steps for a while, and then its own again. */
export class Audition {
  private before: Auditioned | undefined;
  private during: Auditioned | undefined;
  private timer: NodeJS.Timeout | undefined;

  /** @param failed told of what the node's own fields are refused for, when it is to play them again */
  constructor(
    private readonly node: Audible,
    private readonly failed: (error: Error) => void = () => undefined
  ) {}

  get isOn(): boolean {
    return this.before !== undefined;
  }

  /** Plays a grid in the place of what the node plays. Throws where it cannot be read, and changes nothing. */
  play(grid: string): void {
    const { fields } = this.node;
    const before = this.before ?? { source: fields.source, grid: fields.grid };
    const during = { source: 'grid', grid };
    this.node.change({ fields: during, when: 'now' });
    this.before = before;
    this.during = during;
    this.renew();
  }

  /** Somebody is still there. */
  renew(): void {
    if (!this.isOn) return;
    clearTimeout(this.timer);
    this.timer = setTimeout(() => this.stop(), AUDITION_MS);
    this.timer.unref();
  }

  /** Plays the node's own again; what was changed in the meantime by others stays changed. */
  stop(): void {
    const { before, during, node } = this;
    clearTimeout(this.timer);
    this.before = this.during = undefined;
    if (before === undefined || during === undefined) return;
    const isOurs = KEYS.every((key) => node.fields[key] === during[key]);
    if (!isOurs) return;
    try {
      node.change({ fields: before, when: 'now' });
    } catch (error) {
      // It may be a timer that asks, or a node that goes: nobody there could take an error.
      this.failed(error as Error);
    }
  }
}

/** As much of Express as is needed here. */
interface Request {
  params: { id: string };
  body: unknown;
}
interface Response {
  status(code: number): this;
  json(body: unknown): this;
}

/** The auditions of all pattern nodes, and their routes. */
export class Auditions {
  private readonly nodes = new Map<string, { node: Audible; audition: Audition }>();

  open(id: string, node: Audible, failed?: (error: Error) => void): void {
    this.nodes.set(id, { node, audition: new Audition(node, failed) });
  }

  /** Ends the audition of a node that goes. */
  close(id: string): void {
    this.nodes.get(id)?.audition.stop();
    this.nodes.delete(id);
  }

  /**
   * `GET /phasor/pattern/:id/playing` and, of `/phasor/pattern/:id/audition`, `POST { grid }` (the JSON of a grid as
   * a text), `PUT` (still there) and `DELETE`. All answer a PlayingReport; errors come as `{ message }` with 400, or
   * 404 where no such node runs.
   */
  serve({ httpAdmin, auth }: NodeAPI): void {
    const reading = auth.needsPermission('phasor.read');
    const writing = auth.needsPermission('phasor.write');
    const answer =
      (handle: (entry: { node: Audible; audition: Audition }, body: unknown) => void) =>
      (request: unknown, response: unknown): void => {
        const { params, body } = request as Request;
        const out = response as Response;
        const entry = this.nodes.get(params.id);
        if (entry === undefined) {
          out.status(404).json({ message: 'No such pattern is running' });
          return;
        }
        try {
          handle(entry, body);
        } catch (error) {
          if (!(error instanceof PhasorError)) throw error;
          out.status(400).json({ message: error.message, words: error.words });
          return;
        }
        const report: PlayingReport = {
          where: entry.node.whereabouts(),
          auditioned: entry.audition.isOn
        };
        out.json(report);
      };
    httpAdmin.get(
      '/phasor/pattern/:id/playing',
      reading,
      answer(() => undefined)
    );
    httpAdmin.post(
      '/phasor/pattern/:id/audition',
      writing,
      answer(({ audition }, body) => audition.play(readGridText(body)))
    );
    httpAdmin.put(
      '/phasor/pattern/:id/audition',
      writing,
      answer(({ audition }) => audition.renew())
    );
    httpAdmin.delete(
      '/phasor/pattern/:id/audition',
      writing,
      answer(({ audition }) => audition.stop())
    );
  }
}

function readGridText(body: unknown): string {
  const { grid } = (body ?? {}) as { grid?: unknown };
  if (typeof grid !== 'string') throw new InvalidParameter('grid', grid, 'the JSON of a grid is needed');
  return grid;
}
