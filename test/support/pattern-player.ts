import type { Span } from '../../nodes/engine';
import type { MusicEvent } from '../../nodes/music/event';
import type { Pattern } from '../../nodes/music/pattern';
import { patternFromNotation } from '../../nodes/music/notation';
import { Performance } from '../../nodes/music/player/performance';
import { PLAIN } from '../../nodes/music/player/settings';
import type { Quantum } from '../../nodes/pattern/pattern-config';
import { Player, type PlayedMessage, type Timelines } from '../../nodes/pattern/player';

/** A player of plain notes, whose answers an output takes. */
export interface NotePlayer extends Player {
  answer(span: Span): (PlayedMessage & { payload: MusicEvent })[];
}

/** A player of a notation or a pattern, as a node has it. */
export function playerOf(
  what: string | Pattern,
  quantum: Quantum = 'bar',
  { source = 'pattern', timelines = new Map() as Timelines } = {}
): NotePlayer {
  const player = new Player(source, timelines);
  const pattern = typeof what === 'string' ? patternFromNotation(what) : what;
  player.performance = new Performance({ patterns: [pattern], settings: PLAIN });
  player.launch = { quantum, phase: 'song' };
  return player as NotePlayer;
}
