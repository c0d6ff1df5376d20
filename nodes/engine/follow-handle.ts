import type { Channel } from './channel';
import type { FollowConfig } from './core/follow/following';
import type { InputHandle, InputListener } from './input-handle';
import type { TransportHandle } from './transport-handle';

/** What lets a transport follow the clock at the input of a device. It comes and goes with the input's port. */
export class FollowHandle {
  private readonly heard: InputListener;

  constructor(
    readonly transport: TransportHandle,
    readonly input: InputHandle,
    private config: FollowConfig,
    private readonly channel: Channel
  ) {
    this.heard = { inputChanged: ({ state }) => state === 'open' && this.connect() };
    input.attach(this.heard);
    if (input.status.state === 'open') this.connect();
  }

  configure(config: FollowConfig): void {
    if (JSON.stringify(config) === JSON.stringify(this.config)) return;
    this.config = config;
    this.connect();
  }

  end(): void {
    this.input.detach(this.heard);
    this.channel.command({ op: 'unfollow', transport: this.transport.index });
  }

  private connect(): void {
    const { index: input, status } = this.input;
    if (status.state !== 'open' || input === undefined) return;
    this.channel.command({ op: 'follow', transport: this.transport.index, input, config: this.config });
  }
}
