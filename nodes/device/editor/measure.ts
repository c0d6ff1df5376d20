import type { LoopFailure, LoopFigures } from '../../engine/loop-test';
import type { Translate } from '../../palette/editor/red';

const OFFSET = '#node-config-input-offsetMs';
const UNAUTHORIZED = [401, 403];

/** Measures the way from the port of the deployed device to its input, and offers what comes out as its offset. */
export class MeasureField {
  private readonly button = $('#phasor-device-measure');
  private readonly take = $('#phasor-device-take');
  private readonly told = $('#phasor-device-measured');
  private request: JQuery.jqXHR | undefined;

  constructor(
    private readonly device: string,
    private readonly translate: Translate
  ) {
    this.button.on('click', () => (this.request === undefined ? this.start() : this.request.abort()));
  }

  /** The dialog closes: the runtime notices that nobody waits any more. */
  close(): void {
    this.request?.abort();
  }

  private start(): void {
    this.take.hide();
    this.told.text(this.text('running'));
    this.button.text(this.text('stop'));
    const url = `phasor/devices/${encodeURIComponent(this.device)}/latency`;
    this.request = $.ajax({ url, method: 'POST' });
    this.request
      .done((figures: LoopFigures) => this.show(figures))
      .fail((failed) => this.told.text(this.reasonOf(failed)))
      .always(() => {
        this.request = undefined;
        this.button.text(this.text('start'));
      });
  }

  private show({ port, input, p50Ms, p99Ms, maxMs, lost, sent, offsetMs, exact }: LoopFigures): void {
    const [p50, p99, max] = [p50Ms, p99Ms, maxMs].map((ms) => ms.toFixed(2));
    const values = { port, input, p50, p99, max, lost: String(lost), sent: String(sent) };
    const lines = [this.text('figures', values), ...(exact ? [] : [this.text('coarse')])];
    this.told.text(lines.join(' '));
    this.take
      .text(this.text('take', { offset: String(offsetMs) }))
      .off('click')
      .on('click', () => {
        $(OFFSET).val(offsetMs).trigger('change').trigger('focus');
        this.take.hide();
        this.told.text(this.text('taken'));
      })
      .show();
  }

  private reasonOf({ status, statusText, responseJSON }: JQuery.jqXHR): string {
    const { failure, message } = (responseJSON ?? {}) as { failure?: LoopFailure; message?: string };
    if (statusText === 'abort') return this.text('failed.stopped');
    if (failure !== undefined) return this.text(`failed.${failure}`, { message: message ?? '' });
    return this.text(UNAUTHORIZED.includes(status) ? 'failed.forbidden' : 'failed.noAnswer');
  }

  private text(key: string, values: Record<string, string> = {}): string {
    return this.translate(`phasor-device.measure.${key}`, values);
  }
}
