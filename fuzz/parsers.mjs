// Parsers: whatever comes is read, or refused with an error of ours, soon.
import fc from 'fast-check';
import { Buffer } from 'node:buffer';
import { dist } from '../bench/tools.mjs';
import { spoiled, spoiledBytes, spoiledJson, value } from './inputs.mjs';

const { PhasorError } = dist('music/errors.js');
/** No parser may think longer about a short text. */
const SOON_MS = 2000;

const NOTATIONS = [
  'c4 e4 g4 e4',
  '[c4,e4,g4]*16',
  'c4*4 <d4 e4>/2 ~ f4!3 g4?0.3',
  'bd(3,8,2) hh*8',
  'c4@3 _ e4:1:2 {c4 d4 e4}%4',
  'cc74=64 c4^110 [a3 b3]*2 . c4 . d4'
];
const PROFILE = {
  name: 'Bench',
  channel: 1,
  parameters: {
    cutoff: { cc: 74, range: [0, 127], aliases: ['filter'] },
    bank: { nrpn: 300, steps: { a: 0, b: 127 } }
  }
};
const YAML =
  'name: Bench\nchannel: 1\nparameters:\n  cutoff:\n    cc: 74\n  wave:\n    nrpn: 300\n    steps: {saw: 0, sine: 64}\n';
const CSV =
  'manufacturer,device,section,parameter_name,cc_msb,cc_lsb,cc_min_value,cc_max_value,nrpn_msb,nrpn_lsb,nrpn_min_value,nrpn_max_value,orientation,notes,usage\n' +
  'A,B,Filter,Cutoff,74,,0,127,,,,,0-based,,\n';

export function parsers() {
  const { patternFromNotation } = dist('music/notation/index.js');
  const { readMidiFile, patternFromMidi, writeMidiFile } = dist('music/midi-file/index.js');
  const { patternFromJson, patternToJson } = dist('music/pattern-json.js');
  const { readGrid, gridToJson, gridFromText, gridToPattern, drumKit, gridToText } =
    dist('music/grid/index.js');
  const { readMutationRules, STYLES } = dist('music/mutation/index.js');
  const { profilesFromText, profilesFromRaw } = dist('cc-profile/profile-text.js');
  const { profileFromCsv } = dist('cc-profile/profile-csv.js');
  const { readProfile } = dist('music/profile/index.js');
  const { parseMessages } = dist('music/bytes.js');
  const { ByteStream } = dist('music/byte-stream.js');
  const { readCondition } = dist('music/player/condition.js');
  const { readStepPlay, readItem } = dist('music/step.js');
  const { readSettings } = dist('engine/settings.js');
  const { readMessage } = dist('palette/messages.js');
  const { readFileChoice } = dist('pattern/file-choice.js');

  const midi = midiFile();
  const pattern = patternFromMidi(readMidiFile(midi)).pattern;
  const json = patternToJson(pattern);
  const written = writeMidiFile === undefined ? [] : [midi];
  const grid = gridToJson(drumKit());
  const styles = Object.values(STYLES);

  return {
    notation: one(spoiled(NOTATIONS), (text) => patternFromNotation(text).query?.(0, 3840)),
    'midi file': one(spoiledBytes([midi, ...written]), (bytes) =>
      patternFromMidi(readMidiFile(bytes)).pattern.query?.(0, 3840)
    ),
    'pattern json': one(spoiledJson([json]), (raw) => patternFromJson(raw)),
    grid: one(spoiledJson([grid]), (raw) => gridToPattern(readGrid(raw))),
    'grid text': one(spoiled([gridToText(drumKit())]), gridFromText),
    'mutation rules': one(
      fc.oneof(spoiledJson(styles), spoiled(styles.map((style) => JSON.stringify(style)))),
      readMutationRules
    ),
    'profile yaml': one(spoiled([YAML, JSON.stringify(PROFILE)]), (text) => profilesFromText(text)),
    'profile object': one(spoiledJson([PROFILE]), (raw) => (profilesFromRaw(raw), readProfile(raw, 'bench'))),
    'profile csv': one(spoiled([CSV]), profileFromCsv),
    bytes: one(fc.oneof(fc.array(fc.integer({ min: -1, max: 256 })), fc.uint8Array()), parseMessages),
    'byte stream': one(fc.array(fc.uint8Array({ maxLength: 40 }), { maxLength: 8 }), (chunks) => {
      const stream = new ByteStream({ message: parseMessages, malformed: () => undefined });
      for (const chunk of chunks) stream.take(chunk, chunk.length);
    }),
    condition: one(fc.oneof(spoiled(['1:4', 'fill', '!prev', '$name']), value), readCondition),
    step: one(
      fc.oneof(
        spoiledJson([{ probability: 0.5, ratchet: 2, condition: '1:2', locks: { cutoff: 0.5 } }]),
        value
      ),
      (raw) => {
        readStepPlay(raw);
      }
    ),
    item: one(
      fc.oneof(spoiledJson([{ type: 'note', note: 60, velocity: 100, durationTicks: 10 }]), value),
      readItem
    ),
    message: one(fc.record({ topic: value, payload: value, at: value }), (msg) => readMessage(msg, 0)),
    'file choice': one(spoiled(['song.mid#track=1&channel=2', 'a.json']), readFileChoice),
    settings: one(
      fc.dictionary(
        fc.constantFrom('phasorPriority', 'phasorRecovery', 'phasorDriver', 'phasorMaxPendingEvents'),
        value
      ),
      (source) => readSettings(source, () => undefined)
    )
  };

  function one(arbitrary, read) {
    return fc.property(arbitrary, (input) => {
      const startedMs = performance.now();
      try {
        read(input);
      } catch (error) {
        if (!(error instanceof PhasorError)) throw error;
      }
      const tookMs = performance.now() - startedMs;
      if (tookMs > SOON_MS) throw new Error(`it took ${tookMs.toFixed(0)} ms`);
    });
  }
}

/** Two tracks with a tempo, a name, notes, controllers and running status. */
function midiFile() {
  const track = (...bytes) => Buffer.from([...Buffer.from('MTrk'), 0, 0, 0, bytes.length, ...bytes]);
  const end = [0, 0xff, 0x2f, 0];
  return Buffer.concat([
    Buffer.from([...Buffer.from('MThd'), 0, 0, 0, 6, 0, 1, 0, 2, 0, 96]),
    track(0, 0xff, 0x51, 3, 7, 0xa1, 0x20, 0, 0xff, 3, 1, 65, 0, 0xff, 0x58, 4, 4, 2, 24, 8, ...end),
    track(
      0,
      0x90,
      60,
      100,
      48,
      60,
      0,
      0,
      0xb0,
      74,
      64,
      0x81,
      0x40,
      0x90,
      64,
      90,
      10,
      0x80,
      64,
      0,
      0,
      0xf0,
      2,
      1,
      0xf7,
      ...end
    )
  ]);
}
