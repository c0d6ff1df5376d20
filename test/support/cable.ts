import { SendResult } from '../../nodes/engine/ports/driver';
import { FakeHardware } from './fake-hardware';

/** An interface whose output is plugged into an input: what is sent arrives there later, or never. */
export class Cable extends FakeHardware {
  private readonly underWay: { bytes: number[]; dueMs: number }[] = [];

  /**
   * @param delayMs how long a message takes; undefined: it is lost
   * @param to the port at which it arrives
   */
  constructor(
    names: readonly string[],
    private readonly to: string,
    private readonly delayMs: (bytes: readonly number[]) => number | undefined
  ) {
    super(names);
  }

  override send(handle: number, bytes: Uint8Array, length: number): number {
    const result = super.send(handle, bytes, length);
    if (result !== SendResult.ok) return result;
    const message = [...bytes.subarray(0, length)];
    const delayMs = this.delayMs(message);
    if (delayMs !== undefined) this.underWay.push({ bytes: message, dueMs: this.now() + delayMs });
    return result;
  }

  override poll(sink: Parameters<FakeHardware['poll']>[0]): void {
    for (const message of [...this.underWay]) {
      if (message.dueMs > this.now()) continue;
      this.underWay.splice(this.underWay.indexOf(message), 1);
      this.arrive(this.to, message.bytes, message.dueMs);
    }
    super.poll(sink);
  }
}
