import './red';

/** Shows, in a dialog that opens, the defaults of what an earlier version did not store. */
export function takeOver(node: object): void {
  const { defaults } = (node as { _def: { defaults: Record<string, { value: unknown }> } })._def;
  for (const [key, { value }] of Object.entries(defaults)) {
    if ((node as Record<string, unknown>)[key] !== undefined) continue;
    const control = $(`#node-input-${key}`);
    if (typeof value === 'boolean') control.prop('checked', value);
    else control.val(String(value));
  }
}
