import type { FlowNode } from './node-red';

const TAB = 'play';

function button(id: string, payload: unknown, wires: string[]): FlowNode {
  const place = { x: 100, y: 100, wires: [wires] };
  const value = { payload: JSON.stringify(payload), payloadType: 'json', props: [{ p: 'payload' }] };
  return { id, type: 'inject', z: TAB, repeat: '', once: false, ...value, ...place };
}

/** Somebody else's node that does its worst a moment later, when nobody is there to catch it; see tap.js. */
function culprit(id: string, deed: 'throw' | 'exit'): FlowNode {
  return { id, type: 'test-culprit', z: TAB, deed, x: 300, y: 100, wires: [] };
}

/**
 * A pattern that always sounds, and a chord and a pedal that would sound for a minute; with buttons: start, stop,
 * chord, panic, and two that end Node-RED: throw, exit.
 */
export function chordFlow(device: Record<string, unknown>): FlowNode[] {
  const chord = [60, 64, 67].map((note) => ({
    type: 'note',
    channel: 2,
    note,
    velocity: 90,
    durationMs: 60_000
  }));
  const pedal = { type: 'cc', channel: 2, controller: 64, value: 127 };
  return [
    { id: TAB, type: 'tab', label: TAB, disabled: false },
    { id: 'device', type: 'phasor-device', name: 'synth', wire: 'none', channel: 1, ...device },
    { id: 'clock', type: 'phasor-clock', z: TAB, bpm: 140, x: 1, y: 1, wires: [['pattern', 'out'], []] },
    {
      id: 'pattern',
      type: 'phasor-pattern',
      z: TAB,
      notation: 'c4 e4',
      gate: 100,
      quantum: 'none',
      x: 1,
      y: 1,
      wires: [['out']]
    },
    { id: 'out', type: 'phasor-alsa-out', z: TAB, device: 'device', x: 1, y: 1, wires: [] },
    button('start', 'start', ['clock']),
    button('stop', 'stop', ['clock']),
    button('chord', [...chord, pedal], ['out']),
    button('panic', 'panic', ['out']),
    button('throw', 1, ['thrower']),
    button('exit', 1, ['exiter']),
    culprit('thrower', 'throw'),
    culprit('exiter', 'exit')
  ];
}
