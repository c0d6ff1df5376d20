/** Names for the knobs of synths: what nodes and dialogs use of the profiles. */
export { BUILT_IN, DEFAULT_PROFILE, profileNamed } from './builtin';
export { CURVES } from './curve';
export {
  plainName,
  ProfileError,
  type Parameter,
  type Path,
  type RawParameter,
  type RawProfile
} from './model';
export {
  eventsOf,
  Profile,
  readingOf,
  settingAt,
  type About,
  type Reading,
  type SendOptions,
  type Setting
} from './profile';
export { PROFILE_LIMITS, readProfile, RESERVED_NAMES } from './read';
export { Receiver, type Received } from './receiver';
