import type { Session } from '../../../music/grid';
import { nudgeShare } from './pads';

/** What keys can ask of the view. */
export interface KeyHost {
  readonly session: Session;
  readonly pageSize: number;
  /** Opens the inspector for typing. */
  inspect(): void;
  help(): void;
}

type Action = (host: KeyHost, event: KeyboardEvent) => void;

const PLAIN: Readonly<Record<string, Action>> = {
  ArrowLeft: ({ session }, { shiftKey }) => session.move(0, -1, shiftKey),
  ArrowRight: ({ session }, { shiftKey }) => session.move(0, 1, shiftKey),
  ArrowUp: ({ session }, { shiftKey }) => session.move(-1, 0, shiftKey),
  ArrowDown: ({ session }, { shiftKey }) => session.move(1, 0, shiftKey),
  Home: ({ session }, { shiftKey }) => session.goTo(session.cursor.row, 0, shiftKey),
  End: ({ session }, { shiftKey }) => session.goTo(session.cursor.row, Infinity, shiftKey),
  PageUp: ({ session, pageSize }, { shiftKey }) => session.move(0, -pageSize, shiftKey),
  PageDown: ({ session, pageSize }, { shiftKey }) => session.move(0, pageSize, shiftKey),
  ' ': ({ session }) => session.toggle(),
  Enter: (host) => host.inspect(),
  Delete: ({ session }) => session.clear(),
  Backspace: ({ session }) => session.clear(),
  '+': ({ session }) => session.raise(nudgeShare(session, false)),
  '=': ({ session }) => session.raise(nudgeShare(session, false)),
  '-': ({ session }) => session.raise(-nudgeShare(session, false)),
  '>': ({ session }) => session.raise(nudgeShare(session, true)),
  '<': ({ session }) => session.raise(-nudgeShare(session, true)),
  '?': (host) => host.help()
};

const CONTROL: Readonly<Record<string, Action>> = {
  z: ({ session }, { shiftKey }) => (shiftKey ? session.redo() : session.undo()),
  y: ({ session }) => session.redo(),
  c: ({ session }) => session.copy(),
  x: ({ session }) => session.cut(),
  v: ({ session }) => session.paste(),
  a: ({ session }) => session.selectAll(),
  Home: ({ session }, { shiftKey }) => session.goTo(0, 0, shiftKey),
  End: ({ session }, { shiftKey }) => session.goTo(Infinity, Infinity, shiftKey)
};

const ALT: Readonly<Record<string, Action>> = {
  ArrowLeft: ({ session }) => session.rotate(-1),
  ArrowRight: ({ session }) => session.rotate(1),
  ArrowUp: ({ session }) => session.shift(-1, 0),
  ArrowDown: ({ session }) => session.shift(1, 0)
};

/** Does what a key asks for; what the grid knows goes no further. The digits are heights, 1 to 9 and 0 for full. */
export function press(host: KeyHost, event: KeyboardEvent): void {
  const { key } = event;
  const name = key.length === 1 ? key.toLowerCase() : key;
  const isControl = event.ctrlKey || event.metaKey;
  const action = isControl ? CONTROL[name] : event.altKey ? ALT[name] : (PLAIN[key] ?? digit(key));
  if (action === undefined) return;
  event.preventDefault();
  event.stopPropagation();
  action(host, event);
}

function digit(key: string): Action | undefined {
  if (!/^\d$/.test(key)) return undefined;
  return ({ session }) => session.setHeight(key === '0' ? 1 : Number(key) / 10);
}
