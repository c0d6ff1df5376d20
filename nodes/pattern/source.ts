import type { Pattern } from '../music/pattern';
import { openFile } from './file';
import { openGrid } from './grid';
import { openNotation } from './notation';
import type { PatternHost, SourcePart } from './part';
import { SOURCES, type PatternFields, type Source } from './pattern-config';
import { oneOf } from '../music/player/settings';

/** Every source there is; each has a file of its own. */
const OPEN: Readonly<Record<Source, (host: PatternHost) => SourcePart>> = {
  notation: openNotation,
  grid: openGrid,
  file: openFile
};

/** The source that a node's fields name at the moment; all are open, since a message can choose another. */
export function openSource(host: PatternHost): SourcePart {
  const parts = SOURCES.map((source) => OPEN[source](host));
  const chosen = ({ source }: PatternFields) => parts[SOURCES.indexOf(oneOf('source', source, SOURCES))];
  return {
    read: (fields: PatternFields): Pattern => chosen(fields).read(fields),
    marks: (fields) => chosen(fields).marks?.(fields),
    problem: (fields) => chosen(fields).problem?.(fields),
    controls: {
      verbs: Object.assign({}, ...parts.map(({ controls }) => controls?.verbs ?? {})),
      keys: Object.assign({}, ...parts.map(({ controls }) => controls?.keys ?? {}))
    },
    receive: (msg) => parts.some((part) => part.receive?.(msg) === true),
    answered: (span) => parts.forEach((part) => part.answered?.(span)),
    close: (removed) => parts.forEach((part) => part.close?.(removed))
  };
}
