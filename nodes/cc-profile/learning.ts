import type { Node } from 'node-red';
import { InvalidParameter } from '../music/errors';
import { readProfile, RESERVED_NAMES, type Profile, type RawParameter } from '../music/profile';

/** A controller that was turned. */
export interface Heard {
  controller: number;
  value: number;
  /** 1–16; undefined where the event had none. */
  channel?: number;
  /** Counts what was heard, so that somebody who asks again knows what is new. */
  count: number;
}

/** A node that tells what it has heard. */
export interface ListeningNode extends Node {
  heard?: () => Heard | undefined;
}

const LEARNED = '_learned';
/** As long as the id of a profile may be. */
const MAX_ID_LENGTH = 64;

/** What the address of a parameter is made of. */
const ADDRESS: readonly string[] = ['cc', 'cc14', 'nrpn', 'rpn', 'order', 'bits'];

/**
 * The profile with a parameter on another controller; a parameter that is not there is added. A parameter that had the
 * controller is taken off the profile, since a controller does one thing. A profile that somebody made stays as it is:
 * the result is called `<id>_learned`, which learns more itself.
 * Throws InvalidParameter where the controller cannot be a parameter.
 */
export function withController(profile: Profile, name: string, controller: number): Profile {
  if (RESERVED_NAMES.includes(name)) throw new InvalidParameter('learn', name, 'this name is a control');
  const known = profile.resolve(name);
  const key = known?.name ?? name;
  const before = (profile.raw.parameters[key] ?? {}) as Record<string, unknown>;
  const wasPlain = known === undefined || known.address.kind === 'cc';
  const kept = Object.entries(before).filter(
    // A range of 14 bits means nothing to a single controller.
    ([field]) => !ADDRESS.includes(field) && (wasPlain || (field !== 'range' && field !== 'bipolar'))
  );
  const others = Object.entries(profile.raw.parameters).filter(
    ([other]) => other !== key && !uses(profile, other, controller)
  );
  const parameters: Record<string, RawParameter> = Object.fromEntries([
    ...others,
    [key, { cc: controller, ...Object.fromEntries(kept) }]
  ]);
  const isLearned = profile.id.endsWith(LEARNED);
  return readProfile(
    { ...profile.raw, name: isLearned ? profile.name : `${profile.name}, learned`, parameters },
    isLearned ? profile.id : profile.id.slice(0, MAX_ID_LENGTH - LEARNED.length) + LEARNED
  );
}

function uses(profile: Profile, name: string, controller: number): boolean {
  const address = profile.resolve(name)?.address;
  if (address?.kind === 'cc') return address.controller === controller;
  return address?.kind === 'cc14' && (address.controller === controller || address.low === controller);
}
