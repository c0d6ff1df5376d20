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
    readonly where: Words,
    readonly droppedEvents: number,
    /** How many of them came too late; the others found no room. */
    readonly lateEvents = 0
  ) {
    super(overrun(where, droppedEvents - lateEvents, lateEvents));
  }
}

function overrun(place: Words, full: number, late: number): Words {
  if (late === 0) return said('__place__ is full: __full__ event(s) were dropped', { place, full });
  if (full === 0)
    return said('__late__ event(s) were dropped because __place__ got them too late', { place, late });
  return said('__place__ is full: __full__ event(s) were dropped; __late__ because they came too late', {
    place,
    full,
    late
  });
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
      said(
        'feedback loop: what is sent to "__output__" comes back at "__input__" and was sent again; it was interrupted. Choose another port, or leave out what comes back',
        { output, input }
      )
    );
  }
}

/** An external clock is off by more than the threshold. */
export class ClockDrift extends PhasorError {
  readonly code = 'ClockDrift';
  override readonly recoverable = true;

  constructor(readonly deltaMs: number) {
    super(said('the external clock is __ms__ ms off', { ms: deltaMs.toFixed(1) }));
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
