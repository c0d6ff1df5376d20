import type { NodeAPI, NodeDef } from 'node-red';
import { DEFAULT_PROFILE } from '../music/profile';
import type { DeviceNode } from '../palette/device';
import { leaseEngine } from '../palette/engine';
import { onClose, onInput, refuseConfig, shorten, StatusLine } from '../palette/node';
import { inWords } from '../palette/words';
import { upToDate } from '../palette/version';
import { serveProfiles } from './admin';
import type { ListeningNode } from './learning';
import type { Msg } from './messages';
import type { ProfileFields } from './profile-config';
import { Profiler, type Kept } from './profiler';
import { RampTimer } from './ramp-timer';
import { resendOnReturn } from './reports';
import { libraryOf } from './shared-library';

const LONGEST_PROFILE_NAME = 28;

/** Middle of a flow: parameters by name become controllers of a synth, and controllers become parameters. */
export = function (RED: NodeAPI): void {
  const library = libraryOf(RED);

  function CcProfile(this: ListeningNode, stored: NodeDef & ProfileFields): void {
    RED.nodes.createNode(this, stored);
    const def = upToDate(this, stored);
    const lease = leaseEngine(RED, this);
    const { engine } = lease;
    const status = new StatusLine(this);
    const device = RED.nodes.getNode(def.device ?? '') as DeviceNode | null;
    const configured = def.profile || device?.profile || DEFAULT_PROFILE;
    const fresh = (): Kept => ({ values: new Map(), chosen: undefined, config: '' });
    const { state } = engine.openState<Kept>(this.id, fresh);
    const unfollow = library.follow();
    let profiler: Profiler | undefined;

    const showStatus = () => {
      if (profiler === undefined) return;
      const { learning, profile, broken } = profiler;
      const waiting = (fill: 'blue' | 'red', key: string, name: string) =>
        status.show(fill, 'ring', shorten(RED._(`phasor-cc-profile.status.${key}`, { name })));
      if (learning !== undefined) waiting('blue', 'learning', learning);
      else if (broken !== undefined) status.show('yellow', 'ring', shorten(inWords(RED._, broken)));
      else if (profile === undefined) waiting('red', 'missing', configured);
      else status.show('green', 'dot', shorten(profile.name, LONGEST_PROFILE_NAME));
    };
    const ramps = new RampTimer(() => profiler?.step() === true);
    const update = () => profiler?.update();
    const listener = resendOnReturn(() => profiler?.resend());
    let failure: unknown;
    try {
      const host = {
        id: this.id,
        engine,
        library,
        send: (events: object[]) => this.send([events, null] as never),
        tell: (messages: object[]) => this.send([null, messages] as never),
        changed: showStatus,
        warn: (error: Error) => this.warn(error.message)
      };
      profiler = new Profiler(host, def, configured, state);
      showStatus();
      if (profiler.broken !== undefined) this.error(profiler.broken.message);
    } catch (error) {
      failure = error;
      refuseConfig(RED, this, error as Error);
    }
    this.heard = () => profiler?.heard;

    onInput(this, (msg: Msg, send) => {
      if (profiler === undefined) throw failure;
      const { events, parameters, error } = profiler.take(msg);
      if (events.length + parameters.length > 0) send([events, parameters]);
      if (profiler.busy) ramps.start();
      if (error !== undefined) throw error;
    });
    library.on('changed', update);
    try {
      device?.openOutput?.(listener);
    } catch {
      // An out of the same device shows what is wrong with it.
    }

    onClose(this, (removed) => {
      library.off('changed', update);
      unfollow();
      ramps.stop();
      device?.closeOutput?.(listener, removed);
      engine.closeState(this.id, removed);
      lease.release();
    });
  }

  RED.nodes.registerType('phasor-cc-profile', CcProfile as never);
  serveProfiles(RED, library);
};
