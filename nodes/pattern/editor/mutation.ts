import { readMutationRules, STYLE_NAMES, STYLES, type RulesJson, type StyleName } from '../../music/mutation';
import type { Translate } from '../../palette/editor/red';
import { inWords } from '../../palette/words';
import { rowOf } from '../rule-text';
import { RuleItem } from './mutation-rule';

/** The style of a node that says nothing. */
const FIRST_STYLE: StyleName = 'default';

/** Fields of a set beside its rules: how each is written in its control. */
const SET_FIELDS = ['seed', 'changes', 'steps', 'cycles', 'range', 'scale', 'density', 'distance'] as const;
const BOUNDS: readonly string[] = ['range', 'scale', 'density', 'distance'];

/** The set that stored rules mean. */
function rulesFor(stored: string): RulesJson {
  if (Object.hasOwn(STYLES, stored)) return STYLES[stored as StyleName];
  try {
    const value: unknown = JSON.parse(stored);
    return (Array.isArray(value) ? { rules: value } : value) as RulesJson;
  } catch {
    return STYLES[FIRST_STYLE];
  }
}

/** What is wrong with stored rules, or undefined. */
export function rulesProblem(stored: string | undefined): string | undefined {
  if (stored === undefined || stored === '' || Object.hasOwn(STYLES, stored)) return undefined;
  try {
    readMutationRules(stored);
    return undefined;
  } catch (error) {
    return inWords(RED._, error);
  }
}

/** The tab in which a pattern's mutation is set: fields of the set, its style, and the list of its rules. */
export class MutationTab {
  private readonly list = $('#phasor-mutation-rules');
  private readonly style = $('#phasor-mutation-style');
  private readonly problem = $('#phasor-mutation-problem');
  private items: RuleItem[] = [];
  /** What has no control, as it was. */
  private others: Record<string, unknown> = {};
  private isFilling = false;

  constructor(
    private readonly translate: Translate,
    stored: string
  ) {
    for (const name of [...STYLE_NAMES, 'own']) {
      this.style.append(
        $('<option>')
          .val(name)
          .text(this.text(`style.${name}`))
      );
    }
    this.list.editableList({
      header: undefined,
      addButton: this.text('add'),
      sortable: true,
      removable: true,
      height: 'auto',
      addItem: (row: JQuery, _index: number, data: { rule?: object }) => this.addItem(row, data),
      removeItem: (data: { item?: RuleItem }) => {
        this.items = this.items.filter((item) => item !== data.item);
        this.changed();
      },
      sortItems: () => this.changed()
    } as never);
    this.fill(rulesFor(stored));
    this.style.on('change', () => {
      const name = String(this.style.val());
      if (name !== 'own') this.fill(STYLES[name as StyleName]);
    });
    for (const field of SET_FIELDS) this.control(field).on('input', () => this.changed());
  }

  /** What the controls say: the name of a style where it is one, else a set as JSON. */
  value(): string {
    const set = this.collect();
    const same = STYLE_NAMES.find(
      (name) => JSON.stringify(sorted(STYLES[name])) === JSON.stringify(sorted(set))
    );
    if (same !== undefined) return same === FIRST_STYLE ? '' : same;
    return JSON.stringify(set);
  }

  private text(key: string, values: Record<string, string | number> = {}): string {
    return this.translate(`phasor-pattern.mutation.${key}`, values);
  }

  private control(field: string): JQuery {
    return $(`#phasor-mutation-${field}`);
  }

  private fill(set: RulesJson): void {
    this.isFilling = true;
    const { rules, bounds, ...rest } = set as Record<string, unknown>;
    const known: Record<string, unknown> = { ...rest, ...(bounds as object) };
    this.others = Object.fromEntries(
      Object.entries(rest).filter(([key]) => !(SET_FIELDS as readonly string[]).includes(key))
    );
    for (const field of SET_FIELDS) {
      const value = known[field];
      this.control(field).val(
        Array.isArray(value) ? value.join('..') : value === undefined ? '' : String(value)
      );
    }
    this.list.editableList('empty');
    this.items = [];
    for (const rule of Array.isArray(rules) ? rules : [])
      this.list.editableList('addItem', { rule } as never);
    this.isFilling = false;
    this.changed();
  }

  private addItem(row: JQuery, data: { rule?: object; item?: RuleItem }): void {
    const item = new RuleItem(row, rowOf(data.rule ?? { what: 'transpose' }), (key) => this.text(key), {
      changed: () => this.changed(),
      moved: (by) => this.move(item, by)
    });
    data.item = item;
    row.siblings('.red-ui-editableList-item-remove').attr('aria-label', this.text('remove'));
    this.items.push(item);
    if (data.rule === undefined && !this.isFilling) item.focus();
    this.changed();
  }

  /** By keyboard, since an item can be dragged with a mouse only. */
  private move(item: RuleItem, by: 1 | -1): void {
    const element = item.row.closest('li');
    const other = by < 0 ? element.prev('li') : element.next('li');
    if (other.length === 0) return;
    if (by < 0) element.insertBefore(other);
    else element.insertAfter(other);
    item.focusMove(by);
    this.changed();
  }

  /** The items as they stand in the list. */
  private ordered(): RuleItem[] {
    return [...this.items].sort((a, b) => a.row.closest('li').index() - b.row.closest('li').index());
  }

  /** The set as it stands. */
  private collect(): RulesJson {
    const set: Record<string, unknown> = { ...this.others };
    const bounds: Record<string, unknown> = {};
    for (const field of SET_FIELDS) {
      const text = String(this.control(field).val() ?? '').trim();
      if (text === '') continue;
      const target = BOUNDS.includes(field) ? bounds : set;
      target[field] = field === 'scale' ? text : numbers(text);
    }
    if (Object.keys(bounds).length > 0) set.bounds = bounds;
    return { ...set, rules: this.ordered().map((item) => item.rule()) } as RulesJson;
  }

  private changed(): void {
    if (this.isFilling) return;
    const value = this.value();
    const style = value === '' ? FIRST_STYLE : Object.hasOwn(STYLES, value) ? value : 'own';
    this.style.val(style);
    const problem = rulesProblem(value);
    const at = /^rules\[(\d+)\]/.exec(problem ?? '')?.[1];
    this.ordered().forEach((item, index) => item.mark(at !== undefined && Number(at) === index));
    this.problem.toggleClass('phasor-pattern-wrong', problem !== undefined);
    this.problem.text(problem === undefined ? this.text('right') : this.told(problem, at));
  }

  /** A problem in the words of the form: rules are counted from 1. */
  private told(problem: string, at: string | undefined): string {
    if (at === undefined) return problem;
    const rest = problem.replace(/^rules\[\d+\]\.?/, '');
    const said = rest.startsWith('more:') ? this.text('json') : rest;
    return this.text('wrong', { number: Number(at) + 1, problem: said });
  }
}

/** `2`, `c2..c6`, `0.1..0.9`; what is no number stays a text. */
function numbers(text: string): unknown {
  const parts = text.split('..').map((part) => {
    const trimmed = part.trim();
    return trimmed !== '' && Number.isFinite(Number(trimmed)) ? Number(trimmed) : trimmed;
  });
  return parts.length === 1 ? parts[0] : parts;
}

/** The same with all keys in one order, so that texts can be compared. */
function sorted(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(sorted);
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(
    Object.entries(value)
      .map(([key, item]) => [key, sorted(item)] as const)
      .sort(([a], [b]) => (a < b ? -1 : 1))
  );
}
