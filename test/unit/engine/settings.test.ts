import assert from 'node:assert/strict';
import fc from 'fast-check';
import {
  DEFAULT_SETTINGS,
  readSettings,
  settingKey,
  type EngineSettings
} from '../../../nodes/engine/settings';

const names = Object.keys(DEFAULT_SETTINGS) as (keyof EngineSettings)[];

function read(source: Record<string, unknown>) {
  const complaints: string[] = [];
  return { settings: readSettings(source, (message) => complaints.push(message)), complaints };
}

describe('settings', () => {
  it('have defaults, and those are valid', () => {
    assert.deepEqual(read({}), { settings: DEFAULT_SETTINGS, complaints: [] });
    const spelled = Object.fromEntries(names.map((name) => [settingKey(name), DEFAULT_SETTINGS[name]]));
    assert.deepEqual(read(spelled), { settings: DEFAULT_SETTINGS, complaints: [] });
  });

  it('stand in the settings file under phasor…', () => {
    assert.equal(settingKey('lookaheadMs'), 'phasorLookaheadMs');
    const { settings } = read({ phasorLookaheadMs: 300, lookaheadMs: 400, phasorDriver: 'none', other: {} });
    assert.equal(settings.lookaheadMs, 300);
    assert.equal(settings.driver, 'none');
  });

  it('say what is done about errors, code by code', () => {
    const { settings, complaints } = read({ phasorRecovery: { Internal: 'stop', OutOfBounds: 'clamp' } });
    assert.deepEqual(complaints, []);
    const { recovery } = DEFAULT_SETTINGS;
    assert.deepEqual(settings.recovery, { ...recovery, Internal: 'stop', OutOfBounds: 'clamp' });
  });

  it('that are wrong keep their default, with one sentence that names them', () => {
    const wrong: Record<string, unknown[]> = {
      phasorPriority: [-1, 100, 1.5, '70', null],
      phasorLookaheadMs: [19, 5001, NaN],
      phasorLateToleranceMs: [-1, '5'],
      phasorMaxPendingEvents: [15, 1e9, 100.5],
      phasorDriver: ['jack', 5, null],
      phasorClientName: ['', 'x'.repeat(33), 'ü', 'a\nb', 5],
      phasorGraceMs: [-1, Infinity],
      phasorRestartsPerMinute: [-1, 1.5],
      phasorHangMs: [100],
      phasorHealthWindowMs: [10],
      phasorLateWarningMs: [0],
      phasorWarningShare: [2],
      phasorRecovery: [
        'retry',
        null,
        [],
        { Internal: 'clamp' },
        { Nonsense: 'retry' },
        { PortDisconnected: undefined }
      ]
    };
    for (const [key, values] of Object.entries(wrong)) {
      for (const value of values) {
        const { settings, complaints } = read({ [key]: value });
        assert.deepEqual(settings, DEFAULT_SETTINGS);
        assert.equal(complaints.length, 1);
        assert.ok(complaints[0].includes(key), complaints[0]);
      }
    }
  });

  it('are always valid, whatever the file says', () => {
    const source = fc.record(Object.fromEntries(names.map((name) => [settingKey(name), fc.anything()])), {
      requiredKeys: []
    });
    fc.assert(
      fc.property(source, (given) => {
        const { settings } = read(given);
        const again = Object.fromEntries(names.map((name) => [settingKey(name), settings[name]]));
        assert.deepEqual(read(again).complaints, []);
      })
    );
  });
});
