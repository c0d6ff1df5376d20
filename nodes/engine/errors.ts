import { PhasorError } from '../music/errors';
import { said, type Words } from '../music/words';

export { PhasorError, InvalidParameter, OutOfBounds } from '../music/errors';

/** A port that was open is gone; it is reopened when it comes back. */
export class PortDisconnected extends PhasorError {
  readonly code = 'PortDisconnected';
  override readonly recoverable = true;

  constructor(readonly port: string) {
    super(said('MIDI port "__port__" is gone; it is opened again when it comes back', { port }));
  }
}

/** No port of that name or pattern is there (yet). */
export class PortNotFound extends PhasorError {
  readonly code = 'PortNotFound';
  override readonly recoverable = true;

  constructor(
    readonly port: string,
    readonly available: readonly string[]
  ) {
    super(
      available.length > 0
        ? said('there is no MIDI port "__port__"; there are: __ports__', {
            port,
            ports: available.join(', ')
          })
        : said('there is no MIDI port "__port__"; there is none at all', { port })
    );
  }
}

/** The port is there but cannot be used: held by another program, or not permitted. */
export class PortUnavailable extends PhasorError {
  readonly code = 'PortUnavailable';
  override readonly recoverable = true;

  constructor(
    readonly port: string,
    readonly reason: string
  ) {
    super(said('MIDI port "__port__" cannot be opened: __reason__', { port, reason }));
  }
}

/**
 * More was given than fits, or it came too late to be played; what was dropped is counted, note-offs and transport are
 * never among it.
 */
export class BufferOverrun extends PhasorError {
  readonly code = 'BufferOverrun';
  override readonly recoverable = true;

  constructor(
    readonly where: string,
    readonly droppedEvents: number,
    /** How many of them came too late; the others found no room. */
    readonly lateEvents = 0
  ) {
    const full = droppedEvents - lateEvents;
    super(
      [
        full > 0 || lateEvents === 0 ? `${where} is full: ${dropped(full)}` : '',
        lateEvents > 0 ? `${dropped(lateEvents)} because ${where} got them too late` : ''
      ]
        .filter(Boolean)
        .join('; ')
    );
  }
}

function dropped(events: number): string {
  return `${events} event${events === 1 ? ' was' : 's were'} dropped`;
}

/** What is played comes back and is played again. */
export class FeedbackLoop extends PhasorError {
  readonly code = 'FeedbackLoop';
  override readonly recoverable = true;

  constructor(
    readonly input: string,
    readonly output: string
  ) {
    super(
      `feedback loop: what is sent to "${output}" comes back at "${input}" and was sent again; it was interrupted. ` +
        'Choose another port, or leave out what comes back'
    );
  }
}

/** An external clock is off by more than the threshold. */
export class ClockDrift extends PhasorError {
  readonly code = 'ClockDrift';
  override readonly recoverable = true;

  constructor(readonly deltaMs: number) {
    super(`the external clock is ${deltaMs.toFixed(1)} ms off`);
  }
}

/** A fixed number of something is used up. */
export class ResourceExhausted extends PhasorError {
  readonly code = 'ResourceExhausted';

  constructor(
    resource: Words,
    readonly limit: number
  ) {
    super(said('no more than __limit__ __resource__ are possible', { limit, resource }));
  }
}

/** A fault of ours; `cause` keeps what happened. */
export class Internal extends PhasorError {
  readonly code = 'Internal';

  constructor(words: Words, cause?: unknown) {
    super(words);
    this.cause = cause;
  }
}
