import assert from 'node:assert/strict';
import fc from 'fast-check';
import { readDevice } from '../../../nodes/device/device-config';
import { PhasorError } from '../../../nodes/music/errors';

describe('the config of a device', () => {
  it('has defaults for what is not there', () => {
    assert.deepEqual(readDevice({}), {
      name: 'device',
      spec: { mode: 'auto', port: '' },
      channel: 1,
      output: { offsetMs: 0, usPerByte: 100, controlShare: 0.5, activeSensing: false, restores: false }
    });
  });

  it('takes numbers as text, as a dialog stores them', () => {
    const fields = {
      portMode: 'name',
      port: 'Synth',
      channel: '16',
      offsetMs: '-20',
      wire: 'din',
      controlShare: '25',
      activeSensing: true,
      restores: true
    };
    assert.deepEqual(readDevice(fields), {
      name: 'Synth',
      spec: { mode: 'name', port: 'Synth' },
      channel: 16,
      output: { offsetMs: -20, usPerByte: 320, controlShare: 0.25, activeSensing: true, restores: true }
    });
  });

  it('knows the speeds of wires', () => {
    const speed = (fields: object) => readDevice(fields).output.usPerByte;
    assert.equal(speed({ wire: 'none' }), 0);
    assert.equal(speed({ wire: 'custom', usPerByte: '40' }), 40);
    assert.equal(speed({ wire: 'din', usPerByte: 'unused' }), 320);
  });

  it('names the field that is wrong', () => {
    const wrong: [object, string][] = [
      [{ channel: 0 }, 'channel'],
      [{ channel: 17 }, 'channel'],
      [{ channel: 1.5 }, 'channel'],
      [{ channel: 'one' }, 'channel'],
      [{ offsetMs: 501 }, 'offsetMs'],
      [{ offsetMs: '' }, 'offsetMs'],
      [{ controlShare: 0 }, 'controlShare'],
      [{ controlShare: 101 }, 'controlShare'],
      [{ wire: 'fast' }, 'wire'],
      [{ wire: 'toString' }, 'wire'],
      [{ wire: 'custom' }, 'usPerByte'],
      [{ wire: 'custom', usPerByte: -1 }, 'usPerByte'],
      [{ portMode: 'nearest' }, 'portMode'],
      [{ portMode: 'name' }, 'port'],
      [{ portMode: 'pattern', port: '' }, 'port'],
      [{ portMode: 'virtual', port: 'x'.repeat(129) }, 'port'],
      [{ port: 5 }, 'port'],
      [{ activeSensing: 'yes' }, 'activeSensing'],
      [{ restores: 'maybe' }, 'restores']
    ];
    for (const [fields, parameter] of wrong)
      assert.throws(() => readDevice(fields), { parameter }, JSON.stringify(fields));
  });

  it('is read or refused, whatever a flow file says', () => {
    const anything = fc.oneof(fc.anything(), fc.constantFrom('', 'name', 'din', 'custom', 5, '5'));
    const keys = [
      'name',
      'portMode',
      'port',
      'channel',
      'offsetMs',
      'wire',
      'usPerByte',
      'controlShare',
      'activeSensing',
      'restores'
    ];
    const fields = fc.record(Object.fromEntries(keys.map((key) => [key, anything])), { requiredKeys: [] });
    fc.assert(
      fc.property(fields, (given) => {
        try {
          readDevice(given as object);
        } catch (error) {
          assert.ok(error instanceof PhasorError, String(error));
        }
      })
    );
  });
});
