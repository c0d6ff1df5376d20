import uPlot from 'uplot';
import type { SlowNews } from '../feed';
import { colour, element, section, show, text } from './dom';

type OutputNews = SlowNews['outputs'][number];

const HEIGHT_PX = 130;
/** What is drawn: from a microsecond to a tenth of a second, a hundred bars. */
const LOWEST_MS = 0.001;
const HIGHEST_MS = 100;
const BARS = 60;
const DECADES = Math.log10(HIGHEST_MS / LOWEST_MS);

/** How late events left, for the device that is chosen: a histogram over a logarithmic axis, and the figures. */
export class Timing {
  readonly root: HTMLElement;
  private readonly choice = element('select', { 'aria-label': text('timing.device') });
  private readonly figures = element('p', { class: 'phasor-sidebar-figures' });
  private readonly priority = element('p', { class: 'phasor-sidebar-none' });
  private readonly place = element('div');
  private plot: uPlot | undefined;

  constructor() {
    this.root = section(text('timing.title'), this.choice, this.place, this.figures, this.priority);
  }

  show({ outputs, priority, waiter }: SlowNews): void {
    this.offer(outputs);
    const granted = text(`timing.priority.${priority.granted}`, { priority: priority.priority, waiter });
    show(this.priority, [granted, priority.advice].filter(Boolean).join(' '));
    const chosen = outputs.find(({ id }) => id === this.choice.value);
    const lateness = chosen?.latency?.lateness;
    if (chosen === undefined || lateness === undefined || lateness.count === 0) {
      return show(this.figures, text('timing.none'));
    }
    const { p50Ms, p99Ms, maxMs, count } = lateness;
    const time = (ms: number) => (ms < 1 ? `${Math.round(ms * 1000)} µs` : `${ms.toFixed(1)} ms`);
    show(
      this.figures,
      text('timing.figures', { count, p50: time(p50Ms), p99: time(p99Ms), max: time(maxMs) })
    );
    this.draw(chosen);
  }

  private offer(outputs: readonly OutputNews[]): void {
    const wanted = outputs.map(({ id, name }) => `${id} ${name}`).join();
    if (this.choice.dataset['offered'] === wanted) return;
    this.choice.dataset['offered'] = wanted;
    const chosen = this.choice.value;
    this.choice.replaceChildren(...outputs.map(({ id, name }) => element('option', { value: id }, name)));
    if (outputs.some(({ id }) => id === chosen)) this.choice.value = chosen;
    this.choice.hidden = outputs.length < 2;
  }

  private draw({ histogram }: OutputNews): void {
    const width = this.place.clientWidth;
    if (width === 0) return;
    const bars = new Array<number>(BARS).fill(0);
    for (const [ms, count] of histogram) {
      const at = Math.floor((Math.log10(Math.max(ms, LOWEST_MS) / LOWEST_MS) / DECADES) * BARS);
      bars[Math.min(BARS - 1, at)] += count;
    }
    const middles = bars.map((_, at) => LOWEST_MS * 10 ** (((at + 0.5) / BARS) * DECADES));
    const data: uPlot.AlignedData = [middles, bars];
    if (this.plot === undefined) {
      this.plot = new uPlot(options(width), data, this.place);
    } else {
      if (this.plot.width !== width) this.plot.setSize({ width, height: HEIGHT_PX });
      this.plot.setData(data);
    }
  }
}

/** Colours are asked for at each drawing, so that another theme shows at once. */
function options(width: number): uPlot.Options {
  const axis = {
    stroke: () => colour('--red-ui-secondary-text-color'),
    ticks: { show: false },
    font: '10px sans-serif'
  };
  return {
    width,
    height: HEIGHT_PX,
    legend: { show: false },
    cursor: { show: false },
    scales: {
      x: { time: false, distr: 3, range: [LOWEST_MS, HIGHEST_MS] },
      y: { range: (_, __, max) => [0, max || 1] }
    },
    axes: [
      {
        ...axis,
        size: 22,
        grid: { show: false },
        splits: () => [0.001, 0.01, 0.1, 1, 10, 100],
        values: () => ['1 µs', '10 µs', '100 µs', '1 ms', '10 ms', '100 ms']
      },
      { ...axis, size: 40, grid: { stroke: () => colour('--red-ui-secondary-border-color'), width: 1 } }
    ],
    series: [
      {},
      {
        paths: uPlot.paths.bars?.({ size: [0.9, 20] }),
        points: { show: false },
        fill: () => colour('--red-ui-text-color-link')
      }
    ]
  };
}
