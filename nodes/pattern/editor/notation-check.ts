import { patternFromNotation } from '../../music/notation';
import { NotationError } from '../../music/notation/errors';
import { scaleNamed } from '../../music/pitch';
import type { Said } from '../../music/words';
import type { Translate } from '../../palette/editor/red';
import { inWords } from '../../palette/words';
import { referenceIn } from '../pattern-config';

const CHECK_DELAY_MS = 250;

/** What is wrong with a notation, or undefined. An unknown scale is reported at its own field, not here. */
export function notationError(notation: string, scale: string): NotationError | undefined {
  if (referenceIn(notation) !== undefined) return undefined;
  try {
    patternFromNotation(notation, scaleNamed(scale) ? { scale } : {});
    return undefined;
  } catch (error) {
    return error instanceof NotationError ? error : undefined;
  }
}

export function describe({ line, column, words }: NotationError): Record<string, string | number> {
  const { found, expected } = (words as Said).values;
  return { line, column, found: inWords(RED._, found), expected: inWords(RED._, expected) };
}

/** Writes under the text whether it can be read; a moment after the last key, so that nothing flickers. */
export function checkWhileTyping(translate: Translate): void {
  const notation = $('#node-input-notation');
  const scale = $('#node-input-scale');
  const line = $('#phasor-pattern-check');
  let timer: number | undefined;

  function check(): void {
    const error = notationError(String(notation.val()), String(scale.val()));
    notation.attr('aria-invalid', String(error !== undefined));
    line.toggleClass('phasor-pattern-wrong', error !== undefined);
    line.text(
      error
        ? translate('phasor-pattern.check.wrong', describe(error))
        : translate('phasor-pattern.check.right')
    );
  }

  notation.add(scale).on('input', () => {
    window.clearTimeout(timer);
    timer = window.setTimeout(check, CHECK_DELAY_MS);
  });
  check();
}
