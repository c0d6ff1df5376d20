import { BUILT_IN, profileNamed } from '../../music/profile';

/** A profile that can be chosen, as the runtime lists it. */
export interface Listed {
  id: string;
  name: string;
  file?: string;
}

/** The profiles that can be chosen; the built-in ones alone where the runtime does not answer. */
export async function listProfiles(): Promise<readonly Listed[]> {
  try {
    return ((await $.getJSON('phasor/cc-profiles')) as { profiles: Listed[] }).profiles;
  } catch {
    return builtInProfiles();
  }
}

/** The profiles that are always there. */
export function builtInProfiles(): readonly Listed[] {
  return BUILT_IN.map((id) => ({ id, name: profileNamed(id)!.name }));
}
