import { InvalidParameter, type Engine } from '../engine';
import type { MusicEvent } from '../music/event';
import type { Profile } from '../music/profile';
import type { Control } from '../palette/control';
import { withController, type Heard } from './learning';
import type { Library } from './library';
import { Mapper, type Emission, type LastValue } from './mapper';
import { readRequest, type Msg, type NodeControls, type Request } from './messages';
import { OWN, readConfig, readOwn, smoothingOf, type ProfileFields, type Smoothing } from './profile-config';
import { profilesFromRaw, profilesFromText } from './profile-text';
import { reportOf, valuesReport } from './reports';
import { Stamps } from './stamps';

/** What outlives a deploy: last values, and a profile that a message or learning has put in the place of the config's. */
export interface Kept {
  values: Map<string, LastValue>;
  chosen: Profile | undefined;
  /** What was in use last. */
  used?: Profile;
  /** The config that `chosen` took the place of. */
  config: string;
}

/** What a {@link Profiler} works with. */
export interface ProfilerHost {
  /** Id of the node: the source of what it sends of its own accord. */
  id: string;
  engine: Pick<Engine, 'now' | 'timeOf' | 'transport'>;
  library: Pick<Library, 'named' | 'list' | 'save'>;
  /** Sends of its own accord: steps of ramps, and values once more. */
  send(events: object[]): void;
  /** Tells how parameters stand. */
  tell(messages: object[]): void;
  /** Another profile is in use, or something is to be learned. */
  changed(): void;
  warn(error: Error): void;
}

/** What goes to the two outputs. */
export interface Answer {
  events: object[];
  parameters: object[];
  /** What went wrong with a message that goes on nevertheless. */
  error?: Error;
}

const NOTHING: Answer = { events: [], parameters: [] };

/** What a message says about its value, and no event made from it. */
const ABOUT_THE_VALUE = ['role', 'label', 'profile', 'at'] as const;

/** A cc profile node without Node-RED: answers messages, and knows the profile in use. */
export class Profiler {
  /** Name of the parameter that is to learn a controller. */
  learning: string | undefined;
  /** What is wrong with the node's own profile, where another one has stayed in use because of it. */
  readonly broken: Error | undefined;
  /** The last controller that was heard. */
  heard: Heard | undefined;
  private mapper: Mapper | undefined;
  private readonly own: Profile | undefined;
  private readonly channel: number | undefined;
  private readonly fine: boolean;
  private readonly stamps: Stamps;
  private readonly controls: NodeControls;
  private smoothing: Smoothing;

  /**
   * @param configured id of the profile that the config names
   * @throws InvalidParameter, OutOfBounds or ProfileError for a config that cannot be used; where only the node's own
   *   profile is wrong, what was in use before stays
   */
  constructor(
    private readonly host: ProfilerHost,
    fields: ProfileFields,
    readonly configured: string,
    private readonly kept: Kept
  ) {
    const { channel, fine, smoothing } = readConfig(fields);
    this.channel = channel;
    this.fine = fine;
    this.smoothing = smoothing;
    try {
      this.own = readOwn(fields.own);
    } catch (error) {
      if (kept.used === undefined) throw error;
      this.broken = error as Error;
    }
    this.stamps = new Stamps(host.engine, host.id);
    this.controls = this.makeControls();
    const config = JSON.stringify([configured, fields.own]);
    if (kept.config !== config) kept.chosen = this.broken && configured === OWN ? kept.used : undefined;
    kept.config = config;
    this.update();
  }

  /** The profile in use; undefined while there is none of the configured name. */
  get profile(): Profile | undefined {
    return this.mapper?.profile;
  }

  /** Takes over what the library says now about the profile in use; where it knows it no more, it stays. */
  update(): void {
    const { chosen } = this.kept;
    const wanted = this.named(chosen?.id ?? this.configured) ?? chosen;
    if (wanted === undefined) return this.host.changed();
    if (chosen !== undefined) this.kept.chosen = wanted;
    this.use(wanted);
  }

  /** Answers a message. Throws InvalidParameter or OutOfBounds, and then nothing has changed. */
  take(msg: Msg): Answer {
    const switched = msg.profile === undefined ? undefined : this.asked(msg.profile);
    const isBare = switched !== undefined && (msg.payload === undefined || msg.payload === '');
    const request = isBare
      ? undefined
      : readRequest(msg, switched ?? this.profile, this.controls, this.host.engine.now());
    const moves =
      request?.kind === 'moves'
        ? request.moves.map((wanted) => this.stamps.place(wanted, this.smoothing))
        : [];
    // From here on nothing is refused.
    if (switched !== undefined) this.choose(switched);
    switch (request?.kind) {
      case undefined:
        return NOTHING;
      case 'control':
        for (const act of request.acts) act();
        return NOTHING;
      case 'pass':
        return this.pass(msg, request);
      case 'moves': {
        const mapper = this.mapper as Mapper;
        const emissions = mapper.take(
          moves.map((move) => ({ ...move, channel: move.channel ?? this.channel }))
        );
        const steps = mapper.until(this.host.engine.now());
        return { events: [...this.messagesOf([...emissions, ...steps]), ...request.rest], parameters: [] };
      }
    }
  }

  /** Sends the steps of ramps that are due. Returns whether there are more. */
  step(): boolean {
    if (this.mapper !== undefined) this.sendAll(this.mapper.until(this.host.engine.now()));
    return this.busy;
  }

  get busy(): boolean {
    return this.mapper?.busy === true;
  }

  /** Sends the last value of everything once more. */
  resend(): void {
    this.sendAll(this.mapper?.resend() ?? []);
  }

  private makeControls(): NodeControls {
    const learn: Control = (value) => {
      if (value !== false && (typeof value !== 'string' || value.length > 64)) {
        throw new InvalidParameter('learn', value, 'the name of a parameter, or false, is needed');
      }
      return () => {
        this.learning = (value && value.trim()) || undefined;
        this.host.changed();
      };
    };
    return {
      verbs: {
        resend: () => this.resend(),
        forget: () => this.mapper?.forget(),
        values: () => this.host.tell(valuesReport(this.mapper?.lastValues() ?? []))
      },
      keys: {
        learn,
        profile: (value) => {
          const profile = this.asked(value);
          return () => this.choose(profile);
        },
        smoothing: (value) => {
          const smoothing = smoothingOf(value);
          return () => {
            this.smoothing = smoothing;
          };
        }
      }
    };
  }

  private named(id: string): Profile | undefined {
    return id === OWN || id === this.own?.id ? this.own : this.host.library.named(id);
  }

  /** The profile that a message names or brings. Throws InvalidParameter where there is none. */
  private asked(value: unknown): Profile {
    const found = typeof value === 'string' ? this.named(value.trim()) : undefined;
    if (found !== undefined) return found;
    if (typeof value === 'string' && value.includes('\n')) return profilesFromText(value)[0];
    if (typeof value === 'object' && value !== null) return profilesFromRaw(value)[0];
    const ids = this.host.library.list().map(({ id }) => id);
    throw new InvalidParameter('profile', value, `one of ${ids.join(', ')} is needed`);
  }

  private choose(profile: Profile): void {
    this.kept.chosen = profile;
    this.use(profile);
  }

  private use(profile: Profile): void {
    this.kept.used = profile;
    if (this.mapper !== undefined) this.mapper.profile = profile;
    else {
      this.mapper = new Mapper(profile, this.kept.values, {
        fine: this.fine,
        timeOf: (axis, at) => this.stamps.timeOf(axis, at),
        rampLength: (axis) => this.stamps.rampLength(this.smoothing, axis)
      });
    }
    this.host.changed();
  }

  /** What is no parameter goes on; what it tells of a device is read on the way. */
  private pass(msg: Msg, { events }: Extract<Request, { kind: 'pass' }>): Answer {
    this.stamps.pass(msg.payload);
    const answer: Answer = { events: [msg], parameters: [] };
    try {
      for (const event of events) answer.parameters.push(...this.receive(event, msg.at));
    } catch (error) {
      answer.error = error as Error;
    }
    return answer;
  }

  private receive(event: MusicEvent, at: unknown): object[] {
    if (event.type === 'cc') {
      const { controller, value, channel } = event;
      this.heard = { controller, value, channel, count: (this.heard?.count ?? 0) + 1 };
      if (this.learning !== undefined) return this.learnFrom(controller, this.learning);
    }
    const received = this.mapper?.receive(event, this.channel);
    return received === undefined ? [] : [reportOf(received, at)];
  }

  /** Takes the controller that was turned for the parameter that is to learn one, and tells the profile. */
  private learnFrom(controller: number, name: string): object[] {
    if (this.profile === undefined) return [];
    const profile = withController(this.profile, name, controller);
    this.learning = undefined;
    this.choose(profile);
    this.host.library.save(profile).catch((error: Error) => this.host.warn(error));
    return [{ topic: 'profile', payload: { cc_profiles: { [profile.id]: profile.raw } } }];
  }

  private sendAll(emissions: readonly Emission[]): void {
    if (emissions.length > 0) this.host.send(this.messagesOf(emissions));
  }

  private messagesOf(emissions: readonly Emission[]): object[] {
    return emissions.flatMap((emission) => emission.events.map((event) => this.messageOf(emission, event)));
  }

  private messageOf(emission: Emission, event: MusicEvent): object {
    const at = this.stamps.stampOf(emission);
    const message: Record<string, unknown> = { ...emission.origin };
    for (const key of ABOUT_THE_VALUE) delete message[key];
    return {
      ...message,
      topic: event.type,
      payload: event,
      parameter: emission.parameter.name,
      ...(at !== undefined && { at })
    };
  }
}
