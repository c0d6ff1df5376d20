import assert from 'node:assert/strict';
import fc from 'fast-check';
import { cycleNotes, parseNotation, patternFromNotation, NotationError } from '../../../nodes/music/notation';
import { euclideanRhythm } from '../../../nodes/music/notation/tree';
import { scaleNamed } from '../../../nodes/music/pitch';
import type { Fraction } from '../../../nodes/music/fraction';

const show = ({ num, den }: Fraction) => (den === 1 ? `${num}` : `${num}/${den}`);

/** The notes of one cycle as `begin+length:note`, in order of time. */
function cycle(text: string, number = 0, seed = 0): string {
  return cycleNotes(parseNotation(text), number, seed)
    .map((item) => ({ ...item, time: item.begin.num / item.begin.den }))
    .sort((a, b) => a.time - b.time)
    .map(({ begin, length, note }) => `${show(begin)}+${show(length)}:${note}`)
    .join(' ');
}

/** Notation, then its cycles 0, 1, … Times after the documentation of TidalCycles and Strudel. */
const CONSTRUCTS: Record<string, [string, ...string[]][]> = {
  'sequences and rests': [
    ['', ''],
    [' \n ', ''],
    ['60', '0+1:60', '0+1:60'],
    ['60 61 62', '0+1/3:60 1/3+1/3:61 2/3+1/3:62'],
    ['60\n61 // a comment [', '0+1/2:60 1/2+1/2:61'],
    ['~ hh', '1/2+1/2:42'],
    ['60 - 61 -', '0+1/4:60 1/2+1/4:61']
  ],
  groups: [
    ['[bd sd] hh', '0+1/4:36 1/4+1/4:38 1/2+1/2:42'],
    [
      '[1 [2 [3 4] 2]] 5 5 5',
      '0+1/8:1 1/8+1/24:2 1/6+1/48:3 3/16+1/48:4 5/24+1/24:2 1/4+1/4:5 1/2+1/4:5 3/4+1/4:5'
    ],
    ['bd sd . hh hh hh', '0+1/4:36 1/4+1/4:38 1/2+1/6:42 2/3+1/6:42 5/6+1/6:42'],
    [
      '[1*3 . 2*2] . 3*4 4',
      '0+1/12:1 1/12+1/12:1 1/6+1/12:1 1/4+1/8:2 3/8+1/8:2 1/2+1/16:3 9/16+1/16:3 5/8+1/16:3 11/16+1/16:3 3/4+1/4:4'
    ],
    ['1 . 2 3 . 4', '0+1/3:1 1/3+1/6:2 1/2+1/6:3 2/3+1/3:4'],
    ['1 _ . 2', '0+1/2:1 1/2+1/2:2'],
    ['{1 2 . 3}%2', '0+1/4:1 1/4+1/4:2 1/2+1/2:3']
  ],
  stacks: [
    ['[60 61, 62 63 64]', '0+1/2:60 0+1/3:62 1/3+1/3:63 1/2+1/2:61 2/3+1/3:64'],
    ['60, 64, 67', '0+1:60 0+1:64 0+1:67'],
    ['1 [2, 3]', '0+1/2:1 1/2+1/2:2 1/2+1/2:3']
  ],
  alternation: [
    [
      'bd <sd hh cp>',
      '0+1/2:36 1/2+1/2:38',
      '0+1/2:36 1/2+1/2:42',
      '0+1/2:36 1/2+1/2:39',
      '0+1/2:36 1/2+1/2:38'
    ],
    ['<1 2 3>', '0+1:1', '0+1:2', '0+1:3', '0+1:1'],
    ['<1 2 3>*2', '0+1/2:1 1/2+1/2:2', '0+1/2:3 1/2+1/2:1'],
    ['<1 <2 3>>', '0+1:1', '0+1:2', '0+1:1', '0+1:3'],
    ['<1@2 2>', '0+2:1', '', '0+1:2', '0+2:1'],
    ['<1!2 2>', '0+1:1', '0+1:1', '0+1:2'],
    ['<1 2, 3 4 5>', '0+1:1 0+1:3', '0+1:2 0+1:4', '0+1:1 0+1:5'],
    ['<1 2 . 3>', '0+1/2:1 1/2+1/2:2', '0+1:3'],
    ['<1 2>!2', '0+1/2:1 1/2+1/2:1', '0+1/2:2 1/2+1/2:2'],
    ['<1 [2 3]>', '0+1:1', '0+1/2:2 1/2+1/2:3'],
    ['<[1, 2, 3]@2 4>', '0+2:1 0+2:2 0+2:3', '', '0+1:4'],
    ['<1 _ 2>', '0+2:1', '', '0+1:2']
  ],
  'faster and slower': [
    ['bd*2 sd', '0+1/4:36 1/4+1/4:36 1/2+1/2:38'],
    ['[1 2]*1.5', '0+1/3:1 1/3+1/3:2 2/3+1/3:1', '0+1/3:2 1/3+1/3:1 2/3+1/3:2'],
    ['[1 2]*3%2', '0+1/3:1 1/3+1/3:2 2/3+1/3:1', '0+1/3:2 1/3+1/3:1 2/3+1/3:2'],
    ['1*<2 3>', '0+1/2:1 1/2+1/2:1', '0+1/3:1 1/3+1/3:1 2/3+1/3:1', '0+1/2:1 1/2+1/2:1'],
    ['bd cp/2', '0+1/2:36 1/2+1:39', '0+1/2:36', '0+1/2:36 1/2+1:39'],
    ['[1 2 3]/3', '0+1:1', '0+1:2', '0+1:3', '0+1:1'],
    ['[1 2 3 4 5 6]/3', '0+1/2:1 1/2+1/2:2', '0+1/2:3 1/2+1/2:4', '0+1/2:5 1/2+1/2:6'],
    ['[1 2 3]/2', '0+2/3:1 2/3+2/3:2', '1/3+2/3:3', '0+2/3:1 2/3+2/3:2'],
    ['[1*2]*2/2', '0+1/2:1 1/2+1/2:1'],
    ['1/2*2', '0+1:1', '0+1:1'],
    ['1*.5', '0+2:1', '', '0+2:1'],
    ['bd*2*3', '0+1/6:36 1/6+1/6:36 1/3+1/6:36 1/2+1/6:36 2/3+1/6:36 5/6+1/6:36']
  ],
  'repetition and length': [
    ['bd!3 sd', '0+1/4:36 1/4+1/4:36 1/2+1/4:36 3/4+1/4:38'],
    ['1! 2', '0+1/3:1 1/3+1/3:1 2/3+1/3:2'],
    ['1!! 2', '0+1/4:1 1/4+1/4:1 1/2+1/4:1 3/4+1/4:2'],
    ['1 ! ! 2', '0+1/4:1 1/4+1/4:1 1/2+1/4:1 3/4+1/4:2'],
    ['1@3 2', '0+3/4:1 3/4+1/4:2'],
    ['1@1.5 2', '0+3/5:1 3/5+2/5:2'],
    ['1@3!2 2', '0+3/7:1 3/7+3/7:1 6/7+1/7:2'],
    ['bd _ _ ~ sd _', '0+1/2:36 2/3+1/3:38'],
    ['1!2 _', '0+1/3:1 1/3+2/3:1'],
    ['[1 2]@3 3', '0+3/8:1 3/8+3/8:2 3/4+1/4:3'],
    ['[1 2]!2', '0+1/4:1 1/4+1/4:2 1/2+1/4:1 3/4+1/4:2'],
    ['1 @ @ 2', '0+3/4:1 3/4+1/4:2'],
    ['1 2@0.5 3 4', '0+2/7:1 2/7+1/7:2 3/7+2/7:3 5/7+2/7:4'],
    ['1(3,8)@2 2', '0+1/12:1 1/4+1/12:1 1/2+1/12:1 2/3+1/3:2']
  ],
  polymeter: [
    ['{1 1 1 1, 2 2 3}', '0+1/4:1 0+1/4:2 1/4+1/4:1 1/4+1/4:2 1/2+1/4:1 1/2+1/4:3 3/4+1/4:1 3/4+1/4:2'],
    ['{1 2, 3 4 5}', '0+1/2:1 0+1/2:3 1/2+1/2:2 1/2+1/2:4', '0+1/2:1 0+1/2:5 1/2+1/2:2 1/2+1/2:3'],
    ['{1 2 3}%4', '0+1/4:1 1/4+1/4:2 1/2+1/4:3 3/4+1/4:1', '0+1/4:2 1/4+1/4:3 1/2+1/4:1 3/4+1/4:2'],
    ['{1 2 3}%<1 2>', '0+1:1', '0+1/2:3 1/2+1/2:1'],
    ['{1 <2 3>}%1', '0+1:1', '0+1:2', '0+1:1', '0+1:3'],
    ['{1 2 3}', '0+1/3:1 1/3+1/3:2 2/3+1/3:3'],
    ['{1 2 3 4 5}%4', '0+1/4:1 1/4+1/4:2 1/2+1/4:3 3/4+1/4:4', '0+1/4:5 1/4+1/4:1 1/2+1/4:2 3/4+1/4:3']
  ],
  Euclid: [
    ['bd(3,8)', '0+1/8:36 3/8+1/8:36 3/4+1/8:36'],
    ['bd(3,8,2)', '1/8+1/8:36 1/2+1/8:36 3/4+1/8:36'],
    ['1(-3,8)', '1/8+1/8:1 1/4+1/8:1 1/2+1/8:1 5/8+1/8:1 7/8+1/8:1'],
    ['1(<1 2>,4)', '0+1/4:1', '0+1/4:1 1/2+1/4:1', '0+1/4:1'],
    ['<1 2>( 1 , 2 )', '0+1/2:1', '0+1/2:2'],
    ['1(2,4)*2', '0+1/8:1 1/4+1/8:1 1/2+1/8:1 3/4+1/8:1'],
    [
      '1(<3 5>,8,<0 2>)',
      '0+1/8:1 3/8+1/8:1 3/4+1/8:1',
      '0+1/8:1 1/8+1/8:1 3/8+1/8:1 1/2+1/8:1 3/4+1/8:1',
      '0+1/8:1 3/8+1/8:1 3/4+1/8:1'
    ],
    ['1(2,<4 8>)', '0+1/4:1 1/2+1/4:1', '0+1/8:1 1/2+1/8:1'],
    ['[1 2](3,8)', '0+1/16:1 1/16+1/16:2 3/8+1/16:1 7/16+1/16:2 3/4+1/16:1 13/16+1/16:2']
  ],
  ranges: [
    ['0 .. 3', '0+1/4:0 1/4+1/4:1 1/2+1/4:2 3/4+1/4:3'],
    ['3..1 9', '0+1/4:3 1/4+1/4:2 1/2+1/4:1 3/4+1/4:9'],
    ['c4 .. d4', '0+1/3:60 1/3+1/3:61 2/3+1/3:62'],
    ['<5 .. 7>', '0+1:5', '0+1:6', '0+1:7']
  ],
  atoms: [
    ['c4 eb3 f#5 Bb-1 c', '0+1/5:60 1/5+1/5:51 2/5+1/5:78 3/5+1/5:10 4/5+1/5:60'],
    ['bd SD cb cb4', '0+1/4:36 1/4+1/4:38 1/2+1/4:56 3/4+1/4:59'],
    ["c'maj7", '0+1:60 0+1:64 0+1:67 0+1:71'],
    ["c'major7 c'minor7", '0+1/2:60 0+1/2:64 0+1/2:67 0+1/2:71 1/2+1/2:60 1/2+1/2:63 1/2+1/2:67 1/2+1/2:70'],
    ["eb3'm f#4'5*2", '0+1/2:51 0+1/2:54 0+1/2:58 1/2+1/4:66 1/2+1/4:73 3/4+1/4:66 3/4+1/4:73']
  ]
};

/** Rhythms that Toussaint names, as the documentation prints them. */
const RHYTHMS: [number, number, string][] = [
  [0, 4, '....'],
  [4, 4, 'xxxx'],
  [1, 2, 'x.'],
  [1, 3, 'x..'],
  [2, 3, 'xx.'],
  [2, 5, 'x.x..'],
  [3, 5, 'x.x.x'],
  [3, 7, 'x.x.x..'],
  [3, 8, 'x..x..x.'],
  [4, 7, 'x.x.x.x'],
  [4, 9, 'x.x.x.x..'],
  [4, 11, 'x..x..x..x.'],
  [5, 7, 'x.xx.xx'],
  [5, 8, 'x.xx.xx.'],
  [5, 9, 'x.x.x.x.x'],
  [5, 11, 'x.x.x.x.x..'],
  [5, 12, 'x..x.x..x.x.'],
  [5, 16, 'x..x..x..x..x...'],
  [7, 8, 'xxxxxxx.'],
  [7, 12, 'x.xx.x.xx.x.'],
  [7, 16, 'x..x.x.x..x.x.x.'],
  [9, 16, 'x.xx.x.x.xx.x.x.'],
  [11, 24, 'x..x.x.x.x.x..x.x.x.x.x.'],
  [13, 24, 'x.xx.x.x.x.x.xx.x.x.x.x.'],
  [-3, 8, '.xx.xx.x']
];

const draw = (row: boolean[]) => row.map((pulse) => (pulse ? 'x' : '.')).join('');

/** Text, line, column, and a word of what is expected. */
const MISTAKES: [string, number, number, RegExp][] = [
  ['c4 x5', 1, 4, /a note/],
  ['c4\n  [d4 e4', 2, 9, /step or "]"/],
  ['c4 ]', 1, 4, /the end of the text/],
  ['[c4>', 1, 4, /step or "]"/],
  ['[]', 1, 2, /a note/],
  ['c4,', 1, 4, /a note/],
  ['c4 . . d4', 1, 6, /a note/],
  ['c4.d4', 1, 3, /space/],
  ['c4 *2', 1, 4, /no space/],
  ['c4*', 1, 4, /a factor/],
  ['c4*0', 1, 4, /a factor/],
  ['c4*257', 1, 4, /a factor.*256/],
  ['c4*1.2345', 1, 4, /decimals/],
  ['c4!0', 1, 4, /a count/],
  ['c4@', 1, 4, /a weight/],
  ['_ c4', 1, 1, /a note/],
  ['! c4', 1, 1, /a note/],
  ['c4?2', 1, 4, /probability/],
  ['c4(3)', 1, 5, /","/],
  ['c4(5,4)', 1, 3, /pulses/],
  ['c4(3,8', 1, 7, /"\)"/],
  ['c4^0', 1, 4, /a velocity/],
  ['c4^128', 1, 4, /a velocity/],
  ['c4:17', 1, 4, /a channel/],
  ['c4&0', 1, 4, /a gate/],
  ['c4=', 1, 3, /a condition.*x3.*cutoff:0.5.*cc74:64/],
  ['c4=5:4', 1, 3, /a condition/],
  ['c4=sometimes', 1, 3, /a condition/],
  ['c4=x17', 1, 3, /how often it is struck/],
  ['c4=cutoff:1.5', 1, 3, /from 0 to 1/],
  ['c4=cutoff:', 1, 11, /a value from 0 to 1/],
  ['c4=cutoff:<0.5 2>', 1, 16, /a value from 0 to 1/],
  ['c4=cc128:1', 1, 3, /a controller/],
  ['c4=cc1:128', 1, 3, /0 to 127/],
  ['cc128:1', 1, 1, /cc0 to cc127/],
  ['cc74', 1, 5, /a value from 0 to 127/],
  ['cc74:128', 1, 6, /a value/],
  ['c4 =fill', 1, 4, /no space/],
  ['128', 1, 1, /MIDI note/],
  ['60.5', 1, 1, /MIDI note/],
  ['-1', 1, 1, /MIDI note/],
  ["c'foo", 1, 2, /a chord/],
  ["g9'maj7", 1, 3, /0 to 127/],
  ["c'maj'i", 1, 6, /inversions are written as notes/],
  ['cm7', 1, 1, /a quote before the name of a chord: c'm7/],
  ['bd Ebmaj7', 1, 4, /Eb'maj7/],
  ['bd*[2 3]', 1, 4, /a factor/],
  ['bd?.5.5', 1, 6, /a space before the next step/],
  ['bd?5', 1, 4, /a probability/],
  ['1 . _ 2', 1, 5, /a note/],
  ['@ c4', 1, 1, /a note/],
  ['bd (3,8)', 1, 4, /no space/],
  ['0 .. <3 4>', 1, 6, /a number/],
  ['1 .. c4', 1, 6, /range/],
  ['[1,2|3]', 1, 5, /brackets/],
  ['c4d4', 1, 1, /a note/],
  ['60 61ab', 1, 6, /space after the number/],
  ['c4 ü', 1, 4, /a note/],
  ['c4 😀', 1, 4, /a note/],
  ['{c4 d4}*2 %3', 1, 11, /no space/],
  ['c4*<2 x>', 1, 7, /">"/]
];

describe('notation', () => {
  for (const [group, rows] of Object.entries(CONSTRUCTS)) {
    it(`times ${group} as documented`, () => {
      for (const [text, ...cycles] of rows) {
        cycles.forEach((expected, number) =>
          assert.equal(cycle(text, number), expected, `${text}, ${number}`)
        );
      }
    });
  }

  it('knows the documented Euclidean rhythms', () => {
    for (const [pulses, steps, row] of RHYTHMS) {
      assert.equal(draw(euclideanRhythm(pulses, steps)), row, `(${pulses},${steps})`);
    }
    assert.equal(draw(euclideanRhythm(3, 8, 1)), '..x..x.x');
    assert.equal(draw(euclideanRhythm(3, 8, 2)), '.x..x.x.');
    assert.equal(draw(euclideanRhythm(3, 8, 3)), 'x..x.x..');
    assert.equal(draw(euclideanRhythm(3, 8, -1)), draw(euclideanRhythm(3, 8, 7)));
  });

  it('reads numbers as degrees of a scale, and names as they are', () => {
    const notes = cycleNotes(parseNotation("0 2 -1 7 c5 0'7 -2 .. 0", scaleNamed('c4 minor')), 0, 0);
    assert.deepEqual(
      notes.map(({ note }) => note),
      [60, 63, 58, 72, 72, 60, 64, 67, 70, 56, 58, 60]
    );
  });

  it('gives conditions, ratchets, parameters and controllers beside notes and on their own', () => {
    const note = (number: number, play?: object, rest = {}) =>
      show({ event: { type: 'note', note: number, velocity: 100, durationTicks: 768, ...rest }, play });
    const cc = (controller: number, value: number, play?: object, rest = {}) =>
      show({ event: { type: 'cc', controller, value, ...rest }, play });
    const move = (parameter: string, value: number | string, play?: object) =>
      show({ event: { type: 'parameter', parameter, value }, play });
    const show = (item: object) => JSON.stringify(item, (_key, value: unknown) => value);
    const table: [string, ...string[]][] = [
      ['60=1:4', note(60, { condition: '1:4' })],
      ['60=!fill 61=$dark', note(60, { condition: '!fill' }), note(61, { condition: '$dark' })],
      ['[60=first 61]=prev', note(60, { condition: 'first' }), note(61, { condition: 'prev' })],
      ['60=x3', note(60, { ratchet: 3, stepTicks: 960 })],
      ['60=x1', note(60)],
      ['60=cutoff:0.5=x2', note(60, { ratchet: 2, stepTicks: 960, locks: { cutoff: 0.5 } })],
      ['60=wave:saw=filter_env-2:$sun', note(60, { locks: { 'filter_env-2': '$sun', wave: 'saw' } })],
      ['[60=a:0.1 61=b:1]=a:0', note(60, { locks: { a: 0.1 } }), note(61, { locks: { a: 0, b: 1 } })],
      ['60=cutoff:<0.25 1>', note(60, { locks: { cutoff: 0.25 } })],
      ["60'5=cutoff:1=cc1:2", cc(1, 2), note(60, { locks: { cutoff: 1 } }), note(67)],
      ['~=cutoff:0.5 ~=1:2 60', move('cutoff', 0.5), note(60)],
      ['~=1:2=cutoff:low', move('cutoff', 'low', { condition: '1:2' })],
      ['60=cc74:64=fill', cc(74, 64, { condition: 'fill' }), note(60, { condition: 'fill' })],
      ['cc74:64 cc0:<127 3>:2', cc(74, 64), cc(0, 127, undefined, { channel: 2 })],
      ['60:10=1:2^90', note(60, { condition: '1:2' }, { velocity: 90, channel: 10 })],
      ['60=fill!2', note(60, { condition: 'fill' }), note(60, { condition: 'fill' })],
      ['60=x2?0', note(60, { ratchet: 2, stepTicks: 960 })]
    ];
    for (const [text, ...expected] of table) {
      const steps = text.replace(/\[|\]/g, '').split(' ').length + (text.includes('!2') ? 1 : 0);
      const pattern = patternFromNotation(text, { cycleTicks: 960 * (text.includes('<0.25') ? 1 : steps) });
      const found = pattern.query(0, pattern.cycleTicks).map(({ event, play }) => {
        const { type, channel, ...rest } = event as { type: string; channel?: number };
        return show({ event: channel === undefined ? { type, ...rest } : { type, ...rest, channel }, play });
      });
      assert.deepEqual(found, expected, text);
      for (const { play } of pattern.query(0, 960)) assert.ok(play === undefined || Object.isFrozen(play));
    }
    assert.equal(patternFromNotation('60 61=x4', { cycleTicks: 960 }).struckTicks, 480);
    assert.equal(patternFromNotation('60 61=x1').struckTicks, 0);
    const [, second] = [0, 1].map((cycle) =>
      patternFromNotation('60=p:<0.25 1>').query(cycle * 3840, cycle * 3840 + 1)
    );
    assert.deepEqual(second[0].play?.locks, { p: 1 });
  });

  it('gives velocity, gate and channel, the innermost winning', () => {
    const styles = cycleNotes(parseNotation('[c4^90 d4&0.5 e4:3^20]^<110 111>'), 1, 0).map(
      ({ style }) => style
    );
    assert.deepEqual(styles, [{ velocity: 90 }, { velocity: 111, gate: 0.5 }, { velocity: 20, channel: 3 }]);
  });

  it('leaves steps out as often as it is told, independently, and the same for the same seed', () => {
    const count = (text: string, seed = 7) =>
      Array.from(
        { length: 1000 },
        (_, number) => cycleNotes(parseNotation(text), number, seed).length
      ).reduce((sum, length) => sum + length);
    const near = (actual: number, expected: number) =>
      assert.ok(Math.abs(actual - expected) < 0.04 * 8000, `${actual} is not near ${expected}`);
    near(count('hh*8?'), 4000);
    near(count('hh?*8'), 4000);
    near(count('hh*8?0.8'), 1600);
    near(count('hh*8?.8'), 1600);
    near(count('hh!8?'), 4000);
    near(count('hh*8??'), 2000);
    near(count('hh?!8'), 4000);
    near(count('[60, 61, 62, 63]?*2'), 4000);
    assert.equal(count('hh?0'), 1000);
    assert.equal(count('hh?1'), 0);
    assert.equal(count('hh*8?'), count('hh*8?'));
    assert.notEqual(count('hh*8?', 7), count('hh*8?', 8));
    const together = parseNotation("c'maj?");
    for (let number = 0; number < 50; number++) {
      assert.ok([0, 3].includes(cycleNotes(together, number, 1).length));
    }
  });

  it('chooses evenly and anew each cycle', () => {
    const tally = new Map<number, number>();
    const node = parseNotation('[1|2|3]*3');
    for (let number = 0; number < 1000; number++) {
      for (const { note } of cycleNotes(node, number, 3)) tally.set(note, (tally.get(note) ?? 0) + 1);
    }
    assert.deepEqual([...tally.keys()].sort(), [1, 2, 3]);
    for (const count of tally.values()) assert.ok(Math.abs(count - 1000) < 120, `${count}`);
  });

  it('says where a mistake is, what was found and what is expected', () => {
    for (const [text, line, column, expected] of MISTAKES) {
      assert.throws(
        () => parseNotation(text),
        (error: unknown) => {
          assert.ok(error instanceof NotationError, `${text}: ${String(error)}`);
          assert.deepEqual([error.line, error.column], [line, column], `${text}: ${error.message}`);
          assert.match(error.expected, expected, text);
          assert.equal(error.code, 'InvalidParameter');
          return true;
        },
        text
      );
    }
    assert.throws(() => parseNotation('c4\u200b d4'), {
      message: /column 3: found the invisible character U\+200B, expected a note/
    });
    assert.throws(() => parseNotation('c4 ]'), {
      message: 'notation, line 1, column 4: found "]", expected a step or the end of the text'
    });
  });

  it('refuses what is too long, too deep or too much before it is expanded', () => {
    const nested = (open: string, close: string, depth: number) =>
      open.repeat(depth) + 'c4' + close.repeat(depth);
    const refused: [string, RegExp][] = [
      ['c4 '.repeat(4000), /at most 10000 characters/],
      ['['.repeat(9000), /at most 64 brackets/],
      [nested('[', ']', 65), /at most 64/],
      [nested('[60 ', ']', 45), /less fine/],
      ['c4' + '?'.repeat(9000), /at most 64 levels/],
      ['c4*256*256', /at most 4096 steps/],
      ['[c4!256]!256', /at most 4096 steps/],
      ['c4!256!256', /at most 4096 steps/],
      ['~*256*17', /at most 4096 steps/],
      ["c4'13!256 ".repeat(4), /at most 4096 steps/],
      ['c4(<' + '1 '.repeat(257) + '>,256)', /at most 65536 steps in the whole text/],
      [`<${'[c4!256 ~!256]'.repeat(200)}>`, /at most 65536 steps in the whole text/],
      ['c4/256/256/256', /at most 65536 cycles/]
    ];
    for (const [text, expected] of refused) {
      assert.throws(
        () => parseNotation(text),
        (error: unknown) => error instanceof NotationError && expected.test(error.expected),
        text.slice(0, 40)
      );
    }
    for (const text of [nested('[', ']', 64), 'c4*256*16', `<${'[60*64] '.repeat(100)}>`, 'c4/256/256']) {
      parseNotation(text);
    }
  });

  it('makes notes with the options given', () => {
    assert.deepEqual(patternFromNotation('c4 ~').query(0, 3840), [
      { position: 0, event: { type: 'note', note: 60, velocity: 100, durationTicks: 1536 } }
    ]);
    const options = { cycleTicks: 960, gate: 0.5, velocity: 64, channel: 10, scale: 'd4 major' };
    assert.deepEqual(patternFromNotation('0 2^127&2:1', options).query(960, 1920), [
      { position: 960, event: { type: 'note', note: 62, velocity: 64, durationTicks: 240, channel: 10 } },
      { position: 1440, event: { type: 'note', note: 66, velocity: 127, durationTicks: 960, channel: 1 } }
    ]);
    for (const wrong of [
      { gate: 0 },
      { velocity: 0 },
      { channel: 17 },
      { seed: 0.5 },
      { scale: 'x' },
      { cycleTicks: 0 }
    ]) {
      assert.throws(() => patternFromNotation('c4', wrong), /gate|velocity|channel|seed|scale|cycleTicks/);
    }
    assert.throws(() => patternFromNotation(5 as unknown as string), { code: 'InvalidParameter' });
  });

  /** Texts that are near to a notation, so that many parse. */
  const pieces = [
    'c4', 'eb3', '60', '3', '-1', 'bd', "c'm7", '~', '-', '_', '!', '.', '..', ' ', ' ', ' ', '[', ']', '<', '>',
    '{', '}', '(', ')', ',', '|', '*2', '*1.5', '*3%7', '/3', '/1.7', '!3', '@2.5', '?', '?0.3', '(3,8)', '%5',
    '^90', '&0.5', ':2', '=1:4', '=x3', '=cutoff:0.5', '=cc1:2', 'cc7:8', '=', '=a:', '$x', '*<2 3>', '\n', '%', '256', '0.004', '[60 61 62]', '<1 2>', '{1 2 3}%4'
  ]; // prettier-ignore
  const nearNotation = fc.array(fc.constantFrom(...pieces), { maxLength: 30 }).map((parts) => parts.join(''));

  /** Texts that always parse. */
  const { notation } = fc.letrec<{ notation: string; step: string; sequence: string }>((tie) => ({
    notation: tie('sequence'),
    sequence: fc.array(tie('step'), { minLength: 1, maxLength: 4 }).map((steps) => steps.join(' ')),
    step: fc.oneof(
      { maxDepth: 4, depthSize: 'small' },
      fc.constantFrom(
        '60',
        'c4',
        '~',
        'bd?',
        "c'm",
        '61@2',
        '62!2',
        '1 .. 3',
        '63*3',
        '64/2',
        '65(3,8)',
        '66@1.5'
      ),
      tie('sequence').map((inner) => `[${inner}]`),
      tie('sequence').map((inner) => `<${inner}>`),
      fc.tuple(tie('sequence'), fc.integer({ min: 1, max: 7 })).map(([inner, n]) => `{${inner}}%${n}`),
      fc.tuple(tie('sequence'), tie('sequence')).map(([a, b]) => `[${a}, ${b}]`),
      fc.tuple(tie('sequence'), tie('sequence')).map(([a, b]) => `[${a} | ${b}]?0.2`),
      fc
        .tuple(tie('sequence'), fc.constantFrom('*2', '*1.5', '/3', '/1.2', '*<2 3>'))
        .map(([a, by]) => `[${a}]${by}`)
    )
  }));

  it('either reads any text or says where the mistake is, and plays what it read', function () {
    let read = 0;
    const check = (text: string) => {
      try {
        const pattern = patternFromNotation(text);
        read++;
        for (const from of [0, 3840, 2 ** 40 - 3840]) pattern.query(from, from + 3840);
      } catch (error) {
        assert.ok(error instanceof NotationError, `${JSON.stringify(text)}: ${String(error)}`);
        assert.ok(error.line >= 1 && error.column >= 1 && error.offset <= text.length);
      }
    };
    fc.assert(fc.property(fc.string({ unit: 'binary', maxLength: 60 }), check), { numRuns: 150 });
    fc.assert(fc.property(nearNotation, check), { numRuns: 500 });
    assert.ok(read > 50, `only ${read} texts could be read`);
  });

  it('gives the same events however a span is split', () => {
    const seed = fc.integer();
    const cuts = fc.array(fc.double({ min: 0, max: 4, noNaN: true }), { maxLength: 20 });
    const cycleTicks = fc.constantFrom(3840, 960, 1000 / 3, 7);
    const offset = fc.constantFrom(0, 5, 12345, 1e6 + 1);
    fc.assert(
      fc.property(notation, seed, cuts, cycleTicks, offset, (text, seed, cuts, cycleTicks, offset) => {
        const options = { seed, cycleTicks };
        const at = (cycles: number) => (offset + cycles) * cycleTicks;
        const whole = patternFromNotation(text, options).query(at(0), at(4));
        const pattern = patternFromNotation(text, options);
        const ticks = [at(0), ...cuts.map(at), ...whole.slice(0, 5).map(({ position }) => position), at(4)];
        ticks.sort((a, b) => a - b);
        const parts = ticks.slice(1).map((to, index) => [ticks[index], to]);
        // Later spans first, so that nothing can depend on what was asked before.
        const found = parts.reverse().map(([from, to]) => pattern.query(from, to));
        assert.deepEqual(found.reverse().flat(), whole);
      }),
      { numRuns: 60 }
    );
  });

  it('keeps what sounds in one cycle within the limit it promised', () => {
    fc.assert(
      fc.property(notation, (text) => {
        const node = parseNotation(text);
        for (let number = 0; number < 12; number++) {
          const notes = cycleNotes(node, number, 0);
          assert.ok(notes.length <= node.steps, `${notes.length} > ${node.steps}`);
          for (const { begin, length } of notes) {
            assert.ok(begin.num >= 0 && begin.num < begin.den && length.num > 0);
            assert.equal(node.division % begin.den, 0, `1/${begin.den} in 1/${node.division}`);
            assert.equal(node.division % length.den, 0, `1/${length.den} in 1/${node.division}`);
            assert.ok(length.num / length.den <= node.lengthCycles * (1 + 1e-12));
          }
        }
      }),
      { numRuns: 50 }
    );
  });
});
