import { readMidiFile } from '../../music/midi-file';
import { toFileName } from '../../palette/file-kinds';
import type { Words } from '../../music/words';
import type { Translate } from '../../palette/editor/red';
import { inWords } from '../../palette/words';
import { fileText, HELD, readFileChoice, type FileChoice } from '../file-choice';
import { readPatternFile, summaryOf, type FileSummary } from '../pattern-file';

const URL = 'phasor/files/patterns';

/** The part of the dialog where a file is chosen, and what of it. The stored text is in a hidden field. */
export function chooseFile(translate: Translate): void {
  void new FileChooser(translate).start();
}

class FileChooser {
  private readonly field = $('#node-input-file');
  private readonly list = $('#phasor-pattern-file');
  private readonly upload = $('#phasor-pattern-upload');
  private readonly download = $('#phasor-pattern-download');
  private readonly remove = $('#phasor-pattern-delete');
  private readonly track = $('#phasor-pattern-track');
  private readonly channel = $('#phasor-pattern-fileChannel');
  private readonly told = $('#phasor-pattern-file-told');
  /** Files of the store, as far as it has answered. */
  private names: string[] = [];
  /** What was asked for last: an answer that comes late is for nobody. */
  private asked = 0;

  constructor(private readonly translate: Translate) {}

  async start(): Promise<void> {
    for (let channel = 1; channel <= 16; channel++)
      this.option(this.channel, String(channel), String(channel));
    this.list.on('change', () => this.chosen());
    this.track.add(this.channel).on('change', () => this.store());
    $('#phasor-pattern-upload-button').on('click', (event) => {
      event.preventDefault();
      this.upload.trigger('click');
    });
    this.upload.on('change', () => void this.send());
    this.download.on('click', () => void this.fetch());
    this.remove.on('click', () => void this.delete());
    // A dialog that is closed at once stores what it was given.
    const choice = this.choice();
    this.fillTracks(undefined, choice);
    this.channel.val(String(choice?.channel ?? ''));
    this.option(this.list, choice?.name ?? '', choice?.name ?? '');
    this.list.val(choice?.name ?? '');
    await this.fillList(choice?.name ?? '');
    await this.preview();
  }

  private text(key: string, values: Record<string, string | number> = {}): string {
    return this.translate(`phasor-pattern.file.${key}`, values);
  }

  private choice(): FileChoice | undefined {
    try {
      return readFileChoice(String(this.field.val() ?? ''));
    } catch {
      return undefined;
    }
  }

  private option(select: JQuery, value: string, text: string): void {
    select.append($('<option>').val(value).text(text));
  }

  /** What is in the store, and what is chosen, also where it is not there. */
  private async fillList(name: string): Promise<void> {
    this.names = [];
    try {
      const { files } = (await $.getJSON(URL)) as { files: { name: string }[] };
      this.names = files.map((file) => file.name);
    } catch {
      this.tell(this.text('noAnswer'), true);
    }
    this.list.empty();
    this.option(this.list, '', this.text('none'));
    if (name === HELD) this.option(this.list, HELD, this.text('held'));
    else if (name !== '' && !this.names.includes(name))
      this.option(this.list, name, this.text('missing', { name }));
    for (const each of this.names) this.option(this.list, each, each);
    this.list.val(name);
    this.offer();
  }

  /** Only what is in the store can be saved or deleted, and only by those who may. */
  private offer(): void {
    const isThere = this.names.includes(this.file);
    this.download.prop('disabled', !isThere || !RED.user.hasPermission('phasor.read'));
    this.remove.prop('disabled', !isThere || !RED.user.hasPermission('phasor.write'));
  }

  private get file(): string {
    return String(this.list.val() ?? '');
  }

  /** Another file: its parts are its own. */
  private chosen(): void {
    this.channel.val('');
    this.offer();
    this.fillTracks(undefined, undefined);
    this.store();
    void this.preview();
  }

  private store(): void {
    const name = this.file;
    const [track, channel] = [this.track, this.channel].map((select) => String(select.val() ?? ''));
    const text = fileText({
      name,
      track: track === '' ? undefined : track,
      channel: channel === '' ? undefined : Number(channel)
    });
    this.field.val(name === '' ? '' : text).trigger('change');
  }

  private fillTracks(summary: FileSummary | undefined, choice: FileChoice | undefined): void {
    this.track.empty();
    this.option(this.track, '', this.text('allTracks'));
    const chosen = String(choice?.track ?? '');
    const tracks = summary?.tracks ?? [];
    for (const { number, name, notes } of tracks) {
      // A track that was chosen by its name stays chosen by it.
      const value = name !== '' && name === chosen ? name : String(number);
      this.option(this.track, value, this.text('track', { number, name, notes }));
    }
    if (chosen !== '' && !tracks.some(({ number, name }) => String(number) === chosen || name === chosen))
      this.option(this.track, chosen, chosen);
    this.track.val(chosen);
  }

  /** Shows what the chosen file holds. */
  private async preview(): Promise<void> {
    const asked = ++this.asked;
    const choice = this.choice();
    if (choice === undefined || choice.name === HELD) {
      this.tell(choice === undefined ? '' : this.text('heldMeaning'));
      return;
    }
    try {
      const response = await fetch(urlOf(choice.name), { headers: authorization() });
      if (asked !== this.asked) return;
      if (!response.ok) return this.tell(await reasonOf(response), true);
      const summary = summaryOf(readPatternFile(choice.name, new Uint8Array(await response.arrayBuffer())));
      if (asked !== this.asked) return;
      this.fillTracks(summary, choice);
      this.tell(this.describe(summary));
    } catch (error) {
      if (asked === this.asked) this.tell(inWords(RED._, error), true);
    }
  }

  private describe(summary: FileSummary): string {
    const { format, notes, beats, bpm, signature, tracks } = summary;
    const rounded = Math.round(beats * 100) / 100;
    const parts = [
      format === undefined
        ? this.text('pattern')
        : this.text('midi', { format, tracks: tracks?.length ?? 0 }),
      this.text('notes', { notes }),
      this.text('beats', { beats: rounded }),
      bpm === undefined ? '' : this.text('bpm', { bpm: Math.round(bpm * 10) / 10 }),
      signature ?? '',
      summary.leftOut ? this.text('leftOut', { count: summary.leftOut }) : ''
    ];
    return parts.filter(Boolean).join(', ');
  }

  /** Looks at a file of this computer and puts it into the store. */
  private async send(): Promise<void> {
    const input = this.upload[0] as HTMLInputElement;
    const file = input.files?.[0];
    // The same file can be chosen again after it was changed.
    if (file === undefined) return;
    try {
      const bytes = new Uint8Array(await file.arrayBuffer());
      const name = toFileName('patterns', file.name, 'mid');
      if (/\.json$/i.test(name)) readPatternFile(name, bytes);
      else readMidiFile(bytes);
      const response = await fetch(urlOf(name), {
        method: 'PUT',
        body: bytes,
        headers: { ...authorization(), 'Content-Type': 'application/octet-stream' }
      });
      if (!response.ok) return this.tell(await reasonOf(response), true);
      await this.fillList(name);
      this.chosen();
    } catch (error) {
      this.tell(inWords(RED._, error), true);
    } finally {
      input.value = '';
    }
  }

  /** Saves the chosen file on this computer. */
  private async fetch(): Promise<void> {
    const name = this.file;
    try {
      const response = await fetch(urlOf(name), { headers: authorization() });
      if (!response.ok) return this.tell(await reasonOf(response), true);
      const url = window.URL.createObjectURL(await response.blob());
      $('<a>').attr({ href: url, download: name })[0].click();
      window.URL.revokeObjectURL(url);
    } catch (error) {
      this.tell(inWords(RED._, error), true);
    }
  }

  /** Deletes the chosen file, also from under other patterns that play it. */
  private async delete(): Promise<void> {
    const name = this.file;
    if (!window.confirm(this.text('deleteSure', { name }))) return;
    try {
      const response = await fetch(urlOf(name), { method: 'DELETE', headers: authorization() });
      if (!response.ok) return this.tell(await reasonOf(response), true);
      await this.fillList('');
      this.chosen();
      // The button that was pressed is off now.
      this.list.trigger('focus');
    } catch (error) {
      this.tell(inWords(RED._, error), true);
    }
  }

  private tell(text: string, isWrong = false): void {
    this.told.toggleClass('phasor-pattern-wrong', isWrong).text(text);
  }
}

const urlOf = (name: string): string => `${URL}/${encodeURIComponent(name)}`;

/** What jQuery adds by itself to the requests of the editor. */
function authorization(): Record<string, string> {
  const tokens = RED.settings.get('auth-tokens', null) as { access_token?: string } | null;
  return tokens?.access_token ? { Authorization: `Bearer ${tokens.access_token}` } : {};
}

async function reasonOf(response: Response): Promise<string> {
  try {
    const { message, words } = (await response.json()) as { message: string; words?: Words };
    return inWords(RED._, words ?? message);
  } catch {
    return response.statusText;
  }
}
