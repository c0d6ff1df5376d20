import type { NodeAPI, NodeDef } from 'node-red';
import { InvalidParameter, type OutputListener } from '../engine';
import type { MusicEvent } from '../music/event';
import { DEFAULT_PROFILE, type Profile } from '../music/profile';
import type { Control } from '../palette/control';
import type { DeviceNode } from '../palette/device';
import { leaseEngine } from '../palette/engine';
import { onClose, onInput, refuseConfig, shorten, StatusLine } from '../palette/node';
import { serveProfiles } from './admin';
import { withController, type ListeningNode } from './learning';
import { Mapper, type Emission, type LastValue } from './mapper';
import { readRequest, type Msg, type NodeControls } from './messages';
import { OWN, readConfig, readOwn, smoothingOf, type ProfileFields } from './profile-config';
import { profilesFromRaw, profilesFromText } from './profile-text';
import { RampTimer } from './ramp-timer';
import { reportOf, resendOnReturn } from './reports';
import { libraryOf } from './shared-library';
import { Stamps } from './stamps';

type ProfileDef = NodeDef & ProfileFields;

/** What outlives a deploy: last values, and a profile that a message or learning has put in the place of the config's. */
interface Kept {
  values: Map<string, LastValue>;
  chosen: Profile | undefined;
  /** The config that `chosen` took the place of. */
  config: string;
}

/** What a message says about its value, and no event made from it. */
const ABOUT_THE_VALUE = ['role', 'label', 'profile', 'at'] as const;

const LONGEST_PROFILE_NAME = 28;

/** Middle of a flow: parameters by name become controllers of a synth, and controllers become parameters. */
export = function (RED: NodeAPI): void {
  const library = libraryOf(RED);

  function CcProfile(this: ListeningNode, def: ProfileDef): void {
    RED.nodes.createNode(this, def);
    const lease = leaseEngine(RED);
    const { engine } = lease;
    const status = new StatusLine(this);
    const device = RED.nodes.getNode(def.device ?? '') as DeviceNode | null;
    const text = (key: string, values = {}) => RED._(`phasor-cc-profile.status.${key}`, values);
    const configured = def.profile || device?.profile || DEFAULT_PROFILE;
    const { state } = engine.openState<Kept>(this.id, () => ({
      values: new Map<string, LastValue>(),
      chosen: undefined,
      config: ''
    }));
    let close = () => {};

    const run = () => {
      const config = readConfig(def);
      const own = readOwn(def.own);
      const key = JSON.stringify([configured, def.own]);
      if (state.config !== key) state.chosen = undefined;
      state.config = key;
      const named = (id: string) => (id === OWN || id === own?.id ? own : library.named(id));
      const stamps = new Stamps(engine, this.id);
      let { smoothing } = config;
      let learning: string | undefined;
      let mapper: Mapper | undefined;

      const showStatus = () => {
        if (learning !== undefined)
          status.show('blue', 'ring', shorten(text('learning', { name: learning })));
        else if (mapper === undefined)
          status.show('red', 'ring', shorten(text('missing', { name: configured })));
        else status.show('green', 'dot', shorten(mapper.profile.name, LONGEST_PROFILE_NAME));
      };
      const use = (profile: Profile) => {
        if (mapper !== undefined) mapper.profile = profile;
        else {
          mapper = new Mapper(profile, state.values, {
            fine: config.fine,
            timeOf: (axis, at) => stamps.timeOf(axis, at),
            rampLength: (axis) => stamps.rampLength(smoothing, axis)
          });
        }
        showStatus();
      };
      /** The profile that a message names or brings. Throws InvalidParameter where there is none. */
      const asked = (value: unknown): Profile => {
        const found = typeof value === 'string' ? named(value.trim()) : undefined;
        if (found !== undefined) return found;
        if (typeof value === 'string' && value.includes('\n')) return profilesFromText(value)[0];
        if (typeof value === 'object' && value !== null) return profilesFromRaw(value)[0];
        const ids = library.list().map(({ id }) => id);
        throw new InvalidParameter('profile', value, `one of ${ids.join(', ')} is needed`);
      };
      const choose = (profile: Profile) => {
        state.chosen = profile;
        use(profile);
      };

      const messageOf = (emission: Emission, event: MusicEvent): object => {
        const at = stamps.stampOf(emission);
        const message: Record<string, unknown> = { ...emission.origin };
        for (const key of ABOUT_THE_VALUE) delete message[key];
        return {
          ...message,
          topic: event.type,
          payload: event,
          parameter: emission.parameter.name,
          ...(at !== undefined && { at })
        };
      };
      const messagesOf = (emissions: readonly Emission[]) =>
        emissions.flatMap((emission) => emission.events.map((event) => messageOf(emission, event)));
      const sendAll = (emissions: readonly Emission[]) => {
        if (emissions.length > 0) this.send([messagesOf(emissions), null] as never);
      };
      const ramps = new RampTimer(() => {
        if (mapper !== undefined) sendAll(mapper.until(engine.now()));
        return mapper?.busy === true;
      });
      const resend = () => sendAll(mapper?.resend() ?? []);

      const learn: Control = (value) => {
        if (value === false || value === '') return () => stopLearning();
        if (typeof value !== 'string' || value.length > 64) {
          throw new InvalidParameter('learn', value, 'the name of a parameter, or false, is needed');
        }
        return () => {
          learning = value.trim();
          showStatus();
        };
      };
      const stopLearning = () => {
        learning = undefined;
        showStatus();
      };
      const controls: NodeControls = {
        verbs: { resend: () => resend(), forget: () => mapper?.forget() },
        keys: {
          learn,
          profile: (value) => {
            const profile = asked(value);
            return () => choose(profile);
          },
          smoothing: (value) => {
            const next = smoothingOf(value);
            return () => {
              smoothing = next;
            };
          }
        }
      };

      /** Takes the controller that was turned for the parameter that is to learn one, and tells the profile. */
      const learnFrom = (event: MusicEvent): object[] => {
        if (learning === undefined || event.type !== 'cc' || mapper === undefined) return [];
        const profile = withController(mapper.profile, learning, event.controller);
        learning = undefined;
        choose(profile);
        library.save(profile).catch((error: Error) => this.warn(error.message));
        return [{ topic: 'profile', payload: { cc_profiles: { [profile.id]: profile.raw } } }];
      };
      const receive = (event: MusicEvent, at: unknown): object[] => {
        if (event.type === 'cc') {
          const { controller, value, channel } = event;
          this.heard = { controller, value, channel, count: (this.heard?.count ?? 0) + 1 };
        }
        const learned = learnFrom(event);
        const received = learned.length === 0 ? mapper?.receive(event, config.channel) : undefined;
        return received === undefined ? learned : [reportOf(received, at)];
      };

      onInput(this, (msg: Msg, send) => {
        const switched = msg.profile === undefined ? undefined : asked(msg.profile);
        const isBare = switched !== undefined && (msg.payload === undefined || msg.payload === '');
        const profile = switched ?? mapper?.profile;
        const request = isBare ? undefined : readRequest(msg, profile, controls, engine.now());
        const moves =
          request?.kind === 'moves' ? request.moves.map((wanted) => stamps.place(wanted, smoothing)) : [];
        // From here on nothing is refused.
        if (switched !== undefined) choose(switched);
        switch (request?.kind) {
          case 'control':
            for (const act of request.acts) act();
            return;
          case 'pass': {
            if ((msg.payload as { type?: unknown } | null)?.type === 'span') stamps.pass(msg.payload);
            const parameters = request.events.flatMap((event) => receive(event, msg.at));
            send([msg, parameters.length > 0 ? parameters : null]);
            return;
          }
          case 'moves': {
            const onChannel = moves.map((move) => ({ ...move, channel: move.channel ?? config.channel }));
            const emissions = mapper!.take(onChannel);
            const messages = [...messagesOf([...emissions, ...mapper!.until(engine.now())]), ...request.rest];
            if (messages.length > 0) send([messages, null]);
            if (mapper!.busy) ramps.start();
          }
        }
      });

      const update = () => {
        const profile = state.chosen ?? named(configured);
        const renewed = profile === undefined ? undefined : (named(profile.id) ?? profile);
        if (renewed !== undefined) use(state.chosen === undefined ? renewed : (state.chosen = renewed));
        else showStatus();
      };
      const listener = resendOnReturn(resend);
      try {
        device?.openOutput?.(listener);
      } catch {
        // An out of the same device shows what is wrong with it.
      }
      const unfollow = library.follow();
      library.on('changed', update);
      close = () => {
        unfollow();
        library.off('changed', update);
        ramps.stop();
      };
      update();
      return listener;
    };

    let listener: OutputListener | undefined;
    try {
      listener = run();
    } catch (error) {
      refuseConfig(this, error as Error);
      onInput(this, () => {
        throw error;
      });
    }

    onClose(this, (removed) => {
      close();
      if (listener !== undefined) device?.closeOutput?.(listener, removed);
      engine.closeState(this.id, removed);
      lease.release();
    });
  }

  RED.nodes.registerType('phasor-cc-profile', CcProfile as never);
  serveProfiles(RED, library);
};
