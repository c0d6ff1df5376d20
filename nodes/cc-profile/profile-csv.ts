import { said } from '../music/words';
import { CsvError, parse } from 'csv-parse/sync';
import {
  ProfileError,
  readProfile,
  type Profile,
  type RawParameter,
  type RawProfile
} from '../music/profile';
import { MAX_TEXT_BYTES } from './profile-text';

/** The columns of the public MIDI CC & NRPN database (midi.guide), in its order. */
export const COLUMNS = [
  ...['manufacturer', 'device', 'section', 'parameter_name', 'parameter_description'],
  ...['cc_msb', 'cc_lsb', 'cc_min_value', 'cc_max_value', 'cc_default_value'],
  ...['nrpn_msb', 'nrpn_lsb', 'nrpn_min_value', 'nrpn_max_value', 'nrpn_default_value'],
  ...['orientation', 'notes', 'usage']
] as const;

type Row = Record<(typeof COLUMNS)[number], string>;

const MAX_ROWS = 1024;

/** What became of a table: a profile, and what was left out of it. */
export interface Imported {
  profile: Profile;
  /** One sentence for each row that is no parameter. */
  skipped: string[];
}

/**
 * Reads a table of the public MIDI CC & NRPN database: one row for each parameter. Rows that no parameter can be made
 * of (channel mode messages, data entry, a controller that another row has) are left out and told.
 * Throws ProfileError with the line.
 */
export function profileFromCsv(text: string): Imported {
  if (Buffer.byteLength(text) > MAX_TEXT_BYTES) {
    throw new ProfileError(
      [],
      `${text.length} characters`,
      said('at most __most__ kB are read', { most: MAX_TEXT_BYTES / 1024 })
    );
  }
  const rows = rowsOf(text);
  const parameters: Record<string, RawParameter> = {};
  const skipped: string[] = [];
  const owners = new Map<string, string>();
  for (const { record, line } of rows) {
    const raw = parameterOf(record);
    if (raw === undefined) {
      skipped.push(`line ${line}: "${record.parameter_name}" has neither a CC nor an NRPN`);
      continue;
    }
    const name = unusedName(slug(record.parameter_name), parameters);
    try {
      readProfile({ parameters: { [name]: raw } }, 'import');
      const owner = numbersOf(raw)
        .map((number) => owners.get(number))
        .find(Boolean);
      if (owner !== undefined)
        throw new ProfileError([], '', said('__owner__ has the same number', { owner }));
      for (const number of numbersOf(raw)) owners.set(number, name);
      parameters[name] = raw;
    } catch (error) {
      skipped.push(`line ${line}: "${record.parameter_name}": ${(error as ProfileError).reason}`);
    }
  }
  const [{ record: first }] = rows;
  const profile: RawProfile = {
    name: `${first.manufacturer} ${first.device}`.trim().slice(0, 80) || 'Imported',
    source: 'imported from CSV (midi.guide columns)',
    parameters
  };
  if (Object.keys(parameters).length === 0) {
    throw new ProfileError([], skipped[0] ?? '', 'no row of it can be a parameter');
  }
  return { profile: readProfile(profile, slug(`${first.manufacturer}_${first.device}`)), skipped };
}

interface PlacedRow {
  record: Row;
  line: number;
}

function rowsOf(text: string): PlacedRow[] {
  let found: { record: Record<string, string>; info: { lines: number } }[];
  try {
    found = parse(text, {
      columns: (names: string[]) => checkedColumns(names),
      bom: true,
      info: true,
      to: MAX_ROWS + 1,
      trim: true,
      relax_column_count: true,
      skip_empty_lines: true,
      max_record_size: 8192
    }) as never;
  } catch (error) {
    if (error instanceof ProfileError) throw error;
    const line = error instanceof CsvError ? Number(error.lines ?? 1) : 1;
    throw new ProfileError([], '', (error as Error).message).at(line, 1);
  }
  if (found.length === 0) throw new ProfileError([], '', 'it has no rows').at(1, 1);
  if (found.length > MAX_ROWS) {
    throw new ProfileError(
      [],
      `${found.length} rows`,
      said('at most __most__ are read', { most: MAX_ROWS })
    ).at(MAX_ROWS + 2, 1);
  }
  const blank = Object.fromEntries(COLUMNS.map((name) => [name, ''])) as Row;
  return found.map(({ record, info }) => ({ record: { ...blank, ...record }, line: info.lines }));
}

/** Older tables have no columns for defaults and usage. */
function checkedColumns(names: string[]): string[] {
  for (const needed of ['parameter_name', 'cc_msb'] as const) {
    if (!names.includes(needed)) {
      throw new ProfileError(
        [],
        names.slice(0, 3).join(','),
        said('a column "__name__" is needed', { name: needed })
      ).at(1, 1);
    }
  }
  return names;
}

function parameterOf(row: Row): RawParameter | undefined {
  const about = {
    ...(row.parameter_name !== '' && { name: row.parameter_name.slice(0, 80) }),
    ...(row.section !== '' && { group: row.section.slice(0, 40) })
  };
  const high = numberOf(row.cc_msb);
  if (high !== undefined) {
    const low = numberOf(row.cc_lsb);
    const [min, max] = rangeOf(row.cc_min_value, row.cc_max_value, 127);
    if (low !== undefined) {
      return { cc14: [high, low], range: [min * 128, max * 128 + 127], ...meaningOf(row, 16383), ...about };
    }
    return { cc: high, range: [min, max], ...meaningOf(row, max), ...about };
  }
  const bank = numberOf(row.nrpn_msb);
  if (bank === undefined) return undefined;
  const range = rangeOf(row.nrpn_min_value, row.nrpn_max_value, 16383);
  return { nrpn: [bank, numberOf(row.nrpn_lsb) ?? 0], range, ...meaningOf(row, range[1]), ...about };
}

function numberOf(text: string): number | undefined {
  return /^\d+$/.test(text) ? Number(text) : undefined;
}

/** The range of a row, or all of it where it gives none that is possible. */
function rangeOf(from: string, to: string, largest: number): [number, number] {
  const [min, max] = [numberOf(from), numberOf(to)];
  return min === undefined || max === undefined || min >= max || max > largest ? [0, largest] : [min, max];
}

/** `0-63: Sawtooth; 64-127: Square`: steps, unless it tells of the two sides of a bipolar parameter. */
function meaningOf({ orientation, usage }: Row, max: number): RawParameter {
  if (/centered/i.test(orientation)) return { bipolar: true };
  const parts = usage
    .split(';')
    .map((part) => /^\s*(\d+)(?:\s*[-~–]\s*(\d+))?\s*:\s*(.{1,40}?)\s*$/.exec(part));
  const ranges = parts.flatMap((match) =>
    match ? [{ from: Number(match[1]), to: Number(match[2] ?? match[1]), label: match[3] }] : []
  );
  const sizes = ranges.map(({ from, to }) => to - from + 1);
  const alike = Math.max(...sizes) <= 3 * Math.min(...sizes) + 3;
  if (ranges.length < 2 || ranges.length < parts.length || !alike || ranges.at(-1)!.to > max) return {};
  return { steps: ranges.map(({ from, label }) => ({ label, value: from, from })) };
}

/** What a row occupies. */
function numbersOf({ cc, cc14, nrpn }: RawParameter): string[] {
  const controllers = [cc, cc14].flat().filter((number) => number !== undefined);
  return nrpn === undefined ? controllers.map((number) => `cc ${number}`) : [`nrpn ${String(nrpn)}`];
}

/** `STR ENS Type` → `str_ens_type`. */
function slug(text: string): string {
  const plain = text
    .toLowerCase()
    .replace(/[^a-z0-9]+/g, '_')
    .replace(/^_+|_+$/g, '');
  return (/^[a-z]/.test(plain) ? plain : `p_${plain}`).slice(0, 60);
}

function unusedName(name: string, taken: object): string {
  let unused = name;
  for (let count = 2; Object.hasOwn(taken, unused); count++) unused = `${name}_${count}`;
  return unused;
}
