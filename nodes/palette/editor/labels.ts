const LONGEST_LABEL = 24;

/** A text that fits on a node: one line, cut at the end with an ellipsis. */
export function shortened(text: string, longest = LONGEST_LABEL): string {
  const line = text.replace(/\s+/g, ' ').trim();
  return line.length <= longest ? line : `${line.slice(0, longest - 1).trimEnd()}…`;
}
