import {
  MessageKind,
  readChannels,
  readRange,
  type FilterSettings,
  type MessageKindName
} from '../music/midi-filter';
import { toBoolean } from '../palette/control';

/** An alsa in as its dialog stores it. */
export interface InputFields extends Partial<Record<MessageKindName, boolean>> {
  /** "1, 3-5"; blank is all. */
  channels?: string;
  /** "c2-c5" or "36-72"; blank is all. */
  noteRange?: string;
  /** "1" or "20-31"; blank is all. */
  controllerRange?: string;
  wholeNotes?: boolean;
  /** Id of a device that is played at once, past the flow. */
  thru?: string;
  thruOwnChannel?: boolean;
}

/** What an alsa in does with what it hears. */
export interface InputSettings {
  filter: FilterSettings;
  wholeNotes: boolean;
  thruOwnChannel: boolean;
}

/** What a new node takes: all that is played; MIDI clock and what only informs would flood a flow. */
const TAKEN: Readonly<Record<MessageKindName, boolean>> = {
  notes: true,
  controllers: true,
  programs: true,
  bends: true,
  pressures: true,
  sysex: true,
  transport: true,
  clock: false,
  others: false
};

/** Reads the config of an alsa in. Throws InvalidParameter naming the field. */
export function readInputFields(fields: InputFields): InputSettings {
  let kinds = 0;
  for (const name of Object.keys(MessageKind) as MessageKindName[]) {
    if (toBoolean(name, fields[name] ?? TAKEN[name])) kinds |= MessageKind[name];
  }
  return {
    filter: {
      kinds,
      channels: readChannels('channels', fields.channels),
      notes: readRange('noteRange', fields.noteRange, true),
      controllers: readRange('controllerRange', fields.controllerRange, false)
    },
    wholeNotes: toBoolean('wholeNotes', fields.wholeNotes ?? false),
    thruOwnChannel: toBoolean('thruOwnChannel', fields.thruOwnChannel ?? false)
  };
}
