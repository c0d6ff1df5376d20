import { said } from '../music/words';
import { integerWithin, InvalidParameter, numberWithin } from '../music/errors';
import { DIN_US_PER_BYTE, PORT_MODES, type DeviceConfig, type InputConfig, type PortSpec } from '../engine';
import { toBoolean, toNumber } from '../palette/control';

/** A device as its dialog stores it; numbers may be texts. */
export interface DeviceFields {
  name?: string;
  portMode?: string;
  port?: string;
  inputMode?: string;
  inputPort?: string;
  channel?: number | string;
  offsetMs?: number | string;
  wire?: string;
  usPerByte?: number | string;
  controlShare?: number | string;
  activeSensing?: boolean | string;
  restores?: boolean | string;
  profile?: string;
}

/**
 * Microseconds a byte takes. USB full speed moves a message per 1 ms frame at worst but many a frame; 10 kB/s is
 * what cheap interfaces keep up with.
 */
const WIRE_US_PER_BYTE: Readonly<Record<string, number>> = { din: DIN_US_PER_BYTE, usb: 100, none: 0 };

/** Reads a device's config. Throws InvalidParameter or OutOfBounds naming the field. */
export function readDevice(fields: DeviceFields): DeviceConfig {
  const spec = readSpec('port', fields.portMode ?? 'auto', fields.port ?? '');
  const offsetMs = numberWithin('offsetMs', toNumber('offsetMs', fields.offsetMs ?? 0), -500, 500);
  const share = numberWithin('controlShare', toNumber('controlShare', fields.controlShare ?? 50), 1, 100);
  return {
    name: fields.name || spec.port || 'device',
    spec,
    channel: integerWithin('channel', toNumber('channel', fields.channel ?? 1), 1, 16),
    output: {
      offsetMs,
      usPerByte: readWire(fields),
      controlShare: share / 100,
      activeSensing: toBoolean('activeSensing', fields.activeSensing ?? false),
      restores: toBoolean('restores', fields.restores ?? false)
    }
  };
}

/** Reads how a device hears its instrument. Throws InvalidParameter naming the field. */
export function readInput(fields: DeviceFields): InputConfig {
  const output = readSpec('port', fields.portMode ?? 'auto', fields.port ?? '');
  const spec = readSpec('inputPort', fields.inputMode ?? 'auto', fields.inputPort ?? '');
  const hasName = output.mode === 'name' || output.mode === 'pattern';
  return { name: fields.name || spec.port || 'device', spec, beside: hasName ? output.port : '' };
}

function readSpec(field: 'port' | 'inputPort', mode: string, port: string): PortSpec {
  if (!PORT_MODES.includes(mode as never)) {
    throw new InvalidParameter(
      field === 'port' ? 'portMode' : 'inputMode',
      mode,
      said('one of __names__ is needed', { names: PORT_MODES.join(', ') })
    );
  }
  if (typeof port !== 'string' || port.length > 128) {
    throw new InvalidParameter(
      field,
      port,
      said('a name of at most __most__ characters is needed', { most: 128 })
    );
  }
  if (port === '' && mode !== 'auto' && mode !== 'loopback') {
    throw new InvalidParameter(field, port, said('the mode "__mode__" needs a name', { mode }));
  }
  return { mode: mode as PortSpec['mode'], port };
}

function readWire({ wire = 'usb', usPerByte }: DeviceFields): number {
  if (wire === 'custom') return numberWithin('usPerByte', toNumber('usPerByte', usPerByte), 0, 10_000);
  if (!Object.hasOwn(WIRE_US_PER_BYTE, wire)) {
    throw new InvalidParameter(
      'wire',
      wire,
      said('one of __names__ is needed', { names: [...Object.keys(WIRE_US_PER_BYTE), 'custom'].join(', ') })
    );
  }
  return WIRE_US_PER_BYTE[wire];
}
