import type { Translate } from './red';

/** What a validator needs of its node: it works with the dialog closed, so it reads no control. */
interface Validated {
  readonly type: string;
  readonly _: Translate;
}

/**
 * Node-RED calls it with the value and takes `true`, or a text that says what is wrong. The published types know
 * only the boolean of earlier versions.
 */
type Validator = (this: Validated, value: string) => boolean;

/**
 * A validator whose `problem` is undefined (all is well) or a key below `errors` in the node's catalogue.
 * The text is given the label of the field (`label.<field>` there) and `values`.
 */
export function validator(
  field: string,
  problem: (value: string) => string | undefined,
  values: Readonly<Record<string, string | number>> = {}
): Validator {
  // Two parameters, since Node-RED takes a text only from a validator that has them.
  return function (this: Validated, value: string, _options?: unknown): boolean {
    const key = problem(String(value ?? ''));
    if (key === undefined) return true;
    const label = this._(`${this.type}.label.${field}`);
    return this._(`${this.type}.errors.${key}`, { label, ...values }) as unknown as boolean;
  };
}

interface NumberRange {
  readonly min: number;
  readonly max: number;
  /** Only whole numbers. */
  readonly whole?: boolean;
  /** May be left blank. */
  readonly optional?: boolean;
}

/**
 * A number within a range; texts `errors.number` and `errors.whole` with __min__ and __max__. What an earlier version
 * did not store is right: the runtime takes the default.
 */
export function numberWithin(field: string, { min, max, whole, optional }: NumberRange): Validator {
  const wrong = whole ? 'whole' : 'number';
  const problem = (value: string) => {
    if (value.trim() === '') return optional ? undefined : wrong;
    const number = Number(value);
    if (!(number >= min && number <= max)) return wrong;
    return whole && !Number.isInteger(number) ? wrong : undefined;
  };
  const validate = validator(field, problem, { min, max }) as (value: string, options?: unknown) => boolean;
  return function (this: Validated, value: string, options?: unknown): boolean {
    return (value as string | undefined) === undefined || validate.call(this as never, value, options);
  };
}
