import type { News } from './feed';
import { Panel } from './editor/panel';
import { text } from './editor/dom';

/** Sooner than the runtime forgets that somebody looks (LEASE_MS in feed.ts). */
const LOOK_MS = 3000;
const TAB = 'phasor-sidebar';
/** How often the engine is asked for its ports when flows have begun, and how long apart. */
const MOST_ASKED = 10;
const ASK_MS = 500;

/** Feeds the panel while it is seen. */
class Sidebar {
  readonly panel = new Panel();
  private timer: number | undefined;
  private readonly take = (_topic: string, news: News) => this.panel.take(news);

  constructor() {
    document.addEventListener('visibilitychange', () => this.update());
    // Other tabs, closed sidebars and covered windows: all of them leave the panel without a size.
    new ResizeObserver(() => this.update()).observe(this.panel.root);
  }

  private get isSeen(): boolean {
    return !document.hidden && this.panel.root.offsetParent !== null;
  }

  private update(): void {
    if (this.isSeen === (this.timer !== undefined)) return;
    if (this.isSeen) {
      RED.comms.subscribe('phasor/feed', this.take as never);
      this.look();
      this.timer = window.setInterval(() => this.look(), LOOK_MS);
      this.panel.open();
    } else {
      window.clearInterval(this.timer);
      this.timer = undefined;
      RED.comms.unsubscribe('phasor/feed', this.take as never);
      this.panel.close();
    }
  }

  private look(): void {
    $.ajax({ url: 'phasor/look', type: 'POST' });
  }
}

/** Whether it has shown itself. */
let wasShown = false;

/**
 * Without instruments the first thing to be heard is the browser, so the sidebar shows itself, once: where a flow with
 * our clock is there when the editor opens, or is deployed.
 */
async function offer(): Promise<void> {
  if (wasShown || RED.nodes.filterNodes({ type: 'phasor-clock' } as never).length === 0) return;
  if (!(await isWithoutInstruments()) || wasShown) return;
  wasShown = true;
  RED.sidebar.show(TAB);
}

async function isWithoutInstruments(): Promise<boolean> {
  for (let asked = 0; asked < MOST_ASKED; asked++) {
    try {
      const { ports = [] } = (await $.getJSON('phasor/ports')) as { ports?: { kind: string }[] };
      if (ports.length > 0) return ports.every(({ kind }) => kind === 'loopback');
    } catch {
      return false;
    }
    // The engine has just been started, and looks for its ports.
    await new Promise((resolve) => window.setTimeout(resolve, ASK_MS));
  }
  return false;
}

RED.plugins.registerPlugin('phasor-sidebar', {
  onadd() {
    const sidebar = new Sidebar();
    RED.sidebar.addTab({
      id: TAB,
      label: text('label'),
      name: text('name'),
      iconClass: 'fa fa-music',
      content: $(sidebar.panel.root),
      enableOnEdit: true
    } as never);
    RED.actions.add('phasor:show-sidebar', () => RED.sidebar.show(TAB));
    // For tests, and for whoever wants to look behind it.
    (sidebar.panel.root as HTMLElement & { phasor?: Panel }).phasor = sidebar.panel;
    // Once the flows are there the engine has started and knows its ports.
    for (const event of ['flows:loaded', 'deploy']) RED.events.on(event as never, () => void offer());
  }
} as never);
