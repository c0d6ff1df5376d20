/** So many bytes of sysex wait at most, in all ports together: a bank of every synth in a studio. */
export const MAX_STORED_BYTES = 4_194_304;

/** The bytes of each sysex that waits, by the number that stands in its slot. */
export class SysexStore {
  private readonly stored = new Map<number, Uint8Array>();
  private bytes = 0;

  get size(): number {
    return this.stored.size;
  }

  /** Where there is no room it is not kept, and its event finds nothing to send. */
  set(id: number, bytes: Uint8Array): void {
    if (this.bytes + bytes.length > MAX_STORED_BYTES) return;
    this.stored.set(id, bytes);
    this.bytes += bytes.length;
  }

  get(id: number): Uint8Array | undefined {
    return this.stored.get(id);
  }

  has(id: number): boolean {
    return this.stored.has(id);
  }

  delete(id: number): void {
    this.bytes -= this.stored.get(id)?.length ?? 0;
    this.stored.delete(id);
  }
}
