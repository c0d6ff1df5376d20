import type { Translate } from '../../palette/editor/red';

interface Tabs {
  addTab(tab: { id: string; label: string }): void;
  activateTab(id: string): void;
}

/** The editor's tabs as they are; the published types have others. */
const factory = RED.tabs as unknown as { create(options: object): Tabs };

/** The tabs of the dialog. Each is the element `phasor-pattern-tab-<name>`, its label `tab.<name>` in the catalogue. */
const TABS = ['notes', 'play', 'mutation'] as const;

const element = (name: string) => $(`#phasor-pattern-tab-${name}`);

export function showTabs(translate: Translate): void {
  const tabs = factory.create({
    id: 'phasor-pattern-tabs',
    onchange: ({ id }: { id: string }) => {
      for (const name of TABS) element(name).toggle(id === `phasor-pattern-tab-${name}`);
    }
  });
  for (const name of TABS) {
    tabs.addTab({ id: `phasor-pattern-tab-${name}`, label: translate(`phasor-pattern.tab.${name}`) });
  }
  tabs.activateTab('phasor-pattern-tab-notes');
}

/** Shows what belongs to the source that is chosen: the elements `phasor-pattern-source-<source>`. */
export function showSource(): void {
  const source = $('#node-input-source');
  const show = () =>
    $('.phasor-pattern-source').each((_index, each) => {
      $(each).toggle(each.id === `phasor-pattern-source-${String(source.val())}`);
    });
  source.on('change', show);
  show();
}

/** A list of patterns is only for who goes on to the next. */
export function showNext(): void {
  const ending = $('#node-input-ending');
  const show = () => $('#phasor-pattern-next').toggle(ending.val() === 'next');
  ending.on('change', show);
  show();
}
