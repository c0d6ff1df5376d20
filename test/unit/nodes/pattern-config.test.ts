import assert from 'node:assert/strict';
import {
  DEFAULTS,
  migrate,
  notationOptions,
  readConfig,
  readQuantum,
  withValues,
  type PatternFields
} from '../../../nodes/pattern/pattern-config';

describe('the config of a pattern', () => {
  it('of version 1 is taken over, and plays as it did', () => {
    const old = {
      notation: 'c4',
      cycleBeats: '4',
      gate: 50,
      velocity: 90,
      channel: '',
      scale: '',
      seed: 3,
      quantum: 'beat'
    };
    const fields = migrate({ ...old, id: 'x', wires: [] } as PatternFields);
    assert.deepEqual(fields, { ...DEFAULTS, ...old });
    const { source, play, quantum, phase, changes } = readConfig(fields);
    assert.deepEqual([source, quantum, phase, changes], ['notation', 'beat', 'song', 'now']);
    assert.deepEqual([play.rate, play.direction, play.density, play.seed], [1, 'forward', 1, 3]);
    assert.deepEqual(notationOptions(fields), {
      cycleTicks: 3840,
      gate: 0.5,
      velocity: 90,
      seed: 3,
      channel: undefined,
      scale: undefined
    });
  });

  it('takes flow values in the place of their names, and the default where there is none', () => {
    const fields = { notation: '$tune', density: ' $light ', transpose: '$gone', groove: 'shuffle' };
    const values = new Map<string, unknown>([
      ['tune', 'd4'],
      ['light', 40]
    ]);
    const { notation, density, transpose, groove } = withValues(fields, values);
    assert.deepEqual([notation, density, transpose, groove], ['d4', 40, 0, 'shuffle']);
    assert.equal(withValues({ notation: 'c4=$light' }, values).notation, 'c4=$light');
  });

  it('has a launch quantum: a word, or a number of bars', () => {
    assert.deepEqual(['bar', 'beat', 'none', '4', 8, ''].map(readQuantum), [
      'bar',
      'beat',
      'none',
      4,
      8,
      'bar'
    ]);
    for (const wrong of [0, 257, 1.5, 'soon', '-1']) {
      assert.throws(() => readQuantum(wrong), { parameter: 'quantum' }, String(wrong));
    }
  });
});
