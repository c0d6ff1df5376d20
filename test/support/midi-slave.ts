import assert from 'node:assert/strict';
import type { Heard } from './fake-engine';

const TICKS_PER_CLOCK = 40;
const TICKS_PER_SIXTEENTH = 240;

/** A device that follows MIDI clock as the standard has it, and fails where it is misled. */
export class MidiSlave {
  isPlaying = false;
  /** Song position of the latest pulse, in ticks; counts only while it plays. */
  position = 0;
  private next = 0;
  private armedMs = -Infinity;

  /** @param leadMs how long before its pulse it wants to be started */
  constructor(private readonly leadMs = 1) {}

  /** Returns whether the message was a pulse that it played. */
  take({ bytes, timeMs }: Heard): boolean {
    switch (bytes[0]) {
      case 0xf8:
        if (!this.isPlaying) return false;
        assert.ok(timeMs - this.armedMs >= this.leadMs, `armed ${timeMs - this.armedMs} ms before its pulse`);
        this.armedMs = -Infinity;
        this.position = this.next;
        this.next += TICKS_PER_CLOCK;
        return true;
      case 0xfa:
        this.next = 0;
        this.arm(timeMs);
        return false;
      case 0xfb:
        this.arm(timeMs);
        return false;
      case 0xf2:
        assert.ok(!this.isPlaying, 'Song Position while it plays');
        this.next = (bytes[1] | (bytes[2] << 7)) * TICKS_PER_SIXTEENTH;
        return false;
      case 0xfc:
        this.isPlaying = false;
        return false;
    }
    return false;
  }

  private arm(timeMs: number): void {
    assert.ok(!this.isPlaying, 'started while it plays');
    this.isPlaying = true;
    this.armedMs = timeMs;
  }
}
