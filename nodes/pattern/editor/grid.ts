/** The step grid in the dialog of the pattern: a copy that only Done writes back. */
import {
  drumKit,
  gridFromText,
  gridToPattern,
  gridToText,
  patternToGrid,
  type Grid,
  type Remark
} from '../../music/grid';
import { barTicks, readSignature } from '../../music/meter';
import type { MutationRules } from '../../music/mutation';
import { patternFromNotation } from '../../music/notation';
import type { Pattern } from '../../music/pattern';
import { DRUMS, drumNote } from '../../music/pitch';
import { PLAIN, readPlaySettings } from '../../music/player/settings';
import type { Preview } from '../../palette/editor/grid/strip';
import type { Text } from '../../palette/editor/grid/texts';
import { GridView } from '../../palette/editor/grid/view';
import type { Translate } from '../../palette/editor/red';
import { inWords } from '../../palette/words';
import { Forecast, valuesAskedFor } from '../forecast';
import { openGrid } from '../grid';
import { readRules } from '../mutation-rules';
import { readNext } from '../next';
import type { PatternHost } from '../part';
import { DEFAULTS, notationOptions, readChannel, withValues, type PatternFields } from '../pattern-config';
import { Live } from './grid-live';

const field = (name: string) => $(`#node-input-${name}`);

/** What is in the dialog at the moment. */
function fieldsInDialog(): PatternFields {
  const fields: Record<string, unknown> = {};
  for (const key of Object.keys(DEFAULTS)) {
    const control = field(key);
    if (control.length > 0) fields[key] = control.is(':checkbox') ? control.prop('checked') : control.val();
  }
  return fields as PatternFields;
}

/** Those that are not half typed; others are as usual for the moment. */
function orElse<Value>(read: () => Value, usual: Value): Value {
  try {
    return read();
  } catch {
    return usual;
  }
}

/** What is wrong with a stored grid, or undefined. */
export function gridError(text: string): string | undefined {
  if (text.trim() === '') return undefined;
  try {
    gridFromText(text);
    return undefined;
  } catch (error) {
    return inWords(RED._, error);
  }
}

/** The grid of one open dialog. */
export class GridDialog {
  private view: GridView | undefined;
  private live: Live | undefined;
  private isEdited = false;
  private forecast: Forecast | undefined;
  private readonly text: Text;

  /**
   * @param id of the node
   * @param mutation the rules in the dialog, as they would be stored
   */
  constructor(
    readonly id: string,
    translate: Translate,
    private readonly mutation: () => string
  ) {
    this.text = (key, values) => String(translate(`phasor-pattern.grid.${key}`, values ?? {}));
    const showIfChosen = () => {
      if (field('source').val() === 'grid') this.show();
      else this.live?.stop();
    };
    field('source').on('change', showIfChosen);
    $('#phasor-pattern-from-text').on('click', () => this.takeText());
    // The preview follows what is set in the other tabs.
    $('#phasor-pattern-tab-play, #phasor-pattern-tab-mutation, #node-input-channel').on('input change', () =>
      this.view?.performAgain()
    );
    showIfChosen();
  }

  /** Writes the copy where Done takes it from. */
  save(): void {
    if (this.isEdited && this.view !== undefined) field('grid').val(gridToText(this.view.grid));
    this.close();
  }

  close(): void {
    this.live?.close();
    this.view?.destroy();
    this.live = this.view = undefined;
  }

  private show(): void {
    if (this.view !== undefined) {
      this.view.resize();
      return;
    }
    const stored = String(field('grid').val() ?? '');
    const error = gridError(stored);
    if (error !== undefined) {
      // What cannot be read is not thrown away: it can be mended, or replaced by a new one.
      this.say(this.text('broken', { error }), true);
      return;
    }
    if (stored.trim() !== '') this.open(gridFromText(stored));
    else this.begin();
  }

  /** A new grid: from the text, where there is one that says something, or an empty kit. */
  private begin(): void {
    const made = this.fromText();
    if (made === undefined || made.grid.rows.length === 0) this.open(drumKit());
    else {
      this.open(made.grid);
      this.isEdited = true;
      this.tell(made.remarks);
    }
  }

  private open(grid: Grid): void {
    this.view = new GridView({
      grid,
      text: this.text,
      perform: (shown, fill) => this.perform(shown, fill),
      edited: (edited) => {
        this.isEdited = true;
        if (this.live?.isAuditioned) this.live.play(gridToText(edited));
      },
      audition: (on) => {
        if (on) this.live?.play(gridToText(this.view!.grid));
        else this.live?.stop();
      }
    });
    $('#phasor-pattern-grid').empty().append(this.view.element);
    this.live = new Live(this.id, {
      moved: (where) => this.moved(where),
      auditioned: (on) => this.view?.listening(on),
      failed: (message) => this.say(message || this.text('notDeployed'))
    });
    this.view.resize();
  }

  /** Replaces the grid by what the text says; it can be undone. */
  private takeText(): void {
    const made = this.fromText();
    if (made === undefined) {
      this.say(this.text('textWrong'));
      return;
    }
    if (made.grid.rows.length === 0) {
      this.say(this.text('textEmpty'));
      return;
    }
    if (this.view === undefined) this.open(made.grid);
    else this.view.replace(made.grid);
    this.isEdited = true;
    this.tell(made.remarks);
  }

  private fromText(): ReturnType<typeof patternToGrid> | undefined {
    const fields = withValues(fieldsInDialog(), new Map());
    const words = String(fields.notation).match(/[a-z]+/gi) ?? [];
    const isDrums = words.length > 0 && words.every((word) => drumNote(word) !== undefined);
    try {
      // Notes without a channel of their own stay on the pattern's.
      const pattern = patternFromNotation(fields.notation, {
        ...notationOptions(fields),
        channel: undefined
      });
      return patternToGrid(pattern, { nameOf: isDrums ? drumName : undefined });
    } catch {
      return undefined;
    }
  }

  /** Says what the grid does not show of the text. */
  private tell(remarks: readonly Remark[]): void {
    this.say(
      remarks.map(({ about, count, what = '' }) => this.text(`remark.${about}`, { count, what })).join(' ')
    );
  }

  private say(words: string, isError = false): void {
    $('#phasor-pattern-grid-remarks').text(words).toggleClass('phasor-pattern-wrong', isError);
  }

  /** Plays for the preview, as the settings in the dialog say. */
  private perform(grid: Grid, fill: boolean): Preview {
    const asked = { ...fieldsInDialog(), mutation: this.mutation() };
    const fields = { ...withValues(asked, new Map()), source: 'grid' };
    const written = gridToPattern(grid, { channel: orElse(() => readChannel(fields.channel), undefined) });
    const next = orElse<Pattern[]>(() => readNext(fields, openGrid({} as PatternHost)), []);
    const score = {
      patterns: [written, ...next] as const,
      settings: orElse(() => readPlaySettings(fields), PLAIN),
      barTicks: this.barTicks(),
      fill
    };
    const rules =
      fields.mutates === true
        ? orElse<MutationRules | undefined>(() => readRules(fields.mutation), undefined)
        : undefined;
    const notes: string[] = [];
    const values = valuesAskedFor(asked, written);
    if (values.length > 0) notes.push(this.text('strip.values', { names: values.join(', ') }));
    if (rules?.rules.some(({ enabled, markov }) => enabled && markov?.from === 'notes')) {
      notes.push(this.text('strip.learns'));
    }
    let forecast = new Forecast({ ...score, rules });
    try {
      forecast.generations(1);
    } catch (error) {
      notes.push((error as Error).message);
      forecast = new Forecast(score);
    }
    this.forecast = forecast;
    return {
      written,
      passTicks: forecast.passTicks,
      generations: forecast.mutates ? (passes) => forecast.generations(passes) : undefined,
      unforeseen: notes.join(' '),
      play: (from, to) => forecast.play(from, to)
    };
  }

  /** A bar of the clock that is wired to this node, or of 4/4. */
  private barTicks(): number {
    const links = RED.nodes.filterLinks({ target: { id: this.id } } as never) as { source?: object }[];
    const clock = links
      .map(({ source }) => source as { type: string; signature?: string })
      .find(({ type }) => type === 'phasor-clock');
    return barTicks(orElse(() => readSignature(clock?.signature), readSignature('4/4')));
  }

  private moved(where: { position: number; origin: number } | undefined): void {
    const { view, forecast } = this;
    if (view === undefined || forecast === undefined) return;
    if (where === undefined) {
      view.light(undefined);
      return;
    }
    const place = forecast.performance.placeAt(where.origin, where.position);
    const { stepTicks, length } = view.grid;
    const step = place === undefined ? undefined : Math.floor(place / stepTicks) % length;
    view.light({ position: where.position - where.origin, step });
  }
}

function drumName(note: number): string | undefined {
  return Object.keys(DRUMS).find((name) => name.length > 2 && DRUMS[name] === note) ?? shortDrum(note);
}

function shortDrum(note: number): string | undefined {
  return Object.keys(DRUMS).find((name) => DRUMS[name] === note);
}
