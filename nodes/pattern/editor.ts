import { patternFromNotation } from '../music/notation';
import { NotationError } from '../music/notation/errors';
import { scaleNamed } from '../music/pitch';
import { shortened } from '../palette/editor/labels';
import type { Translate } from '../palette/editor/red';
import { numberWithin, validator } from '../palette/editor/validators';

interface PatternProperties {
  name: string;
  notation: string;
  cycleBeats: number;
  gate: number;
  velocity: number;
  channel: string;
  scale: string;
  seed: number;
  quantum: 'bar' | 'beat' | 'none';
  version: number;
}

const CHECK_DELAY_MS = 250;

/** What is wrong with a notation, or undefined. An unknown scale is reported at its own field, not here. */
function notationError(notation: string, scale: string): NotationError | undefined {
  try {
    patternFromNotation(notation, scaleNamed(scale) ? { scale } : {});
    return undefined;
  } catch (error) {
    return error instanceof NotationError ? error : undefined;
  }
}

function scaleProblem(scale: string): string | undefined {
  return scale.trim() === '' || scaleNamed(scale) ? undefined : 'scale';
}

/** Writes under the text whether it can be read; a moment after the last key, so that nothing flickers. */
function checkWhileTyping(translate: Translate): void {
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

function describe({ line, column, found, expected }: NotationError): Record<string, string | number> {
  return { line, column, found, expected };
}

RED.nodes.registerType<PatternProperties>('phasor-pattern', {
  category: 'phasor',
  color: '#A3D6A0',
  icon: 'phasor-pattern.svg',
  inputs: 1,
  outputs: 1,
  defaults: {
    name: { value: '' },
    notation: {
      value: 'c4 e4 g4 e4',
      validate: function (value: string, _options?: unknown): boolean {
        const error = notationError(value, this.scale ?? '');
        if (!error) return true;
        return this._('phasor-pattern.errors.notation', describe(error)) as unknown as boolean;
      }
    },
    cycleBeats: { value: 4, validate: numberWithin('cycleBeats', { min: 0.25, max: 1000 }) },
    gate: { value: 80, validate: numberWithin('gate', { min: 1, max: 800 }) },
    velocity: { value: 100, validate: numberWithin('velocity', { min: 1, max: 127, whole: true }) },
    channel: {
      value: '',
      validate: numberWithin('channel', { min: 1, max: 16, whole: true, optional: true })
    },
    scale: { value: '', validate: validator('scale', scaleProblem) },
    seed: {
      value: 0,
      validate: numberWithin('seed', { min: -1_000_000_000, max: 1_000_000_000, whole: true })
    },
    quantum: { value: 'bar' },
    version: { value: 1 }
  },
  paletteLabel: 'pattern',
  label() {
    return this.name || shortened(this.notation ?? '') || this._('phasor-pattern.label.pattern');
  },
  labelStyle() {
    return this.name ? 'node_label_italic' : '';
  },
  inputLabels() {
    return this._('phasor-pattern.port.spans');
  },
  outputLabels() {
    return this._('phasor-pattern.port.events');
  },
  oneditprepare() {
    checkWhileTyping(this._);
  }
});
