import type { RawProfile } from '../model';
import type { Profile } from '../profile';
import { readProfile } from '../read';
import { GENERIC_ANALOG, GENERIC_FM } from './house';
import { KORG_NTS1 } from './korg-nts1';
import { KORG_NTS1_MK2 } from './korg-nts1-mk2';
import { KORG_VOLCA_FM } from './korg-volca-fm';
import { WALDORF_STREICHFETT } from './waldorf-streichfett';
import { YAMAHA_REFACE_DX } from './yamaha-reface-dx';

/** The profiles that come with the package, by id. */
const RAW: Readonly<Record<string, RawProfile>> = {
  korg_nts1_mk2: KORG_NTS1_MK2,
  korg_nts1: KORG_NTS1,
  yamaha_reface_dx: YAMAHA_REFACE_DX,
  korg_volca_fm: KORG_VOLCA_FM,
  waldorf_streichfett: WALDORF_STREICHFETT,
  generic_analog: GENERIC_ANALOG,
  fm_synth: GENERIC_FM
};

/** Ids of the built-in profiles, in the order of the dialog. */
export const BUILT_IN: readonly string[] = Object.freeze(Object.keys(RAW));

/** What a node uses that says nothing else. */
export const DEFAULT_PROFILE = 'korg_nts1_mk2';

const read = new Map<string, Profile>();

/** The built-in profile with an id; undefined where there is none. */
export function profileNamed(id: string): Profile | undefined {
  const known = read.get(id);
  if (known !== undefined || !Object.hasOwn(RAW, id)) return known;
  const profile = readProfile(RAW[id], id);
  read.set(id, profile);
  return profile;
}
