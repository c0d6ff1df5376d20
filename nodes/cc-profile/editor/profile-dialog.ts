import { BUILT_IN, profileNamed, readProfile, type RawProfile } from '../../music/profile';
import { builtInProfiles, listProfiles, type Listed } from '../../palette/editor/profiles';
import { inWords } from '../../palette/words';
import { ParameterTable, type Text } from './parameter-table';
import { fetchProfile, lastHeard, readText, saveFile, writeText, type Given } from './requests';

/** The value that stands for the profile in the node itself. */
export const OWN = '_own';

const LEARN_EVERY_MS = 250;

/** The part of the dialog that chooses a profile and edits an own one. */
export class ProfileDialog {
  private readonly select = $('#node-input-profile');
  private readonly stored = $('#node-input-own');
  private readonly line = $('#phasor-cc-profile-state');
  private readonly idInput = $('#phasor-cc-profile-id');
  private readonly nameInput = $('#phasor-cc-profile-name');
  private readonly table: ParameterTable;
  private own: Given | undefined;
  private isOpen = true;
  private learning: { name: string; count: number; timer: number } | undefined;

  /** @param chosen what is stored; it stays chosen also where the runtime does not know it (now) */
  constructor(
    readonly node: string,
    private chosen: string,
    private readonly text: Text
  ) {
    this.own = storedProfile(String(this.stored.val() ?? ''));
    this.table = new ParameterTable(
      $('#phasor-cc-profile-parameters tbody'),
      text,
      () => this.edited(),
      (name) => void this.learn(name)
    );
    this.fillSelect(builtInProfiles());
    void this.show();
    void listProfiles().then((known) => this.fillSelect(known));
    this.select.on('change', () => {
      this.chosen = String(this.select.val() ?? '');
      this.stopLearning();
      void this.show();
    });
    for (const input of [this.idInput, this.nameInput]) input.on('change', () => this.edited());
    $('#phasor-cc-profile-copy').on('click', () => void this.copy());
    $('#phasor-cc-profile-add').on('click', () => this.table.add());
    $('#phasor-cc-profile-export').on('click', () => void this.export());
    $('#phasor-cc-profile-save').on('click', () => void this.save());
    const file = $('#phasor-cc-profile-file');
    $('#phasor-cc-profile-import').on('click', () => file.trigger('click'));
    file.on('change', () => void this.import(file));
  }

  /** The dialog closes, maybe before an answer comes. */
  close(): void {
    this.isOpen = false;
    this.stopLearning();
  }

  private fillSelect(profiles: readonly Listed[]): void {
    const option = (value: string, label: string) => $('<option>').val(value).text(label);
    this.select.empty().append(option('', this.text('text.ofDevice')));
    for (const { id, name, file } of profiles) {
      this.select.append(option(id, file === undefined ? name : this.text('text.ofFile', { name, file })));
    }
    this.select.append(option(OWN, this.text('text.own')));
    if (this.chosen !== OWN && this.chosen !== '' && !profiles.some(({ id }) => id === this.chosen)) {
      this.select.append(option(this.chosen, this.text('text.absent', { name: this.chosen })));
    }
    this.select.val(this.chosen);
  }

  private async show(): Promise<void> {
    const isOwn = this.chosen === OWN;
    $('.phasor-cc-profile-own').toggle(isOwn);
    $('#phasor-cc-profile-copy').toggle(!isOwn && this.chosen !== '');
    const given = await this.shown();
    $('#phasor-cc-profile-parameters').toggle(given !== undefined);
    if (isOwn) {
      this.idInput.val(this.own?.id ?? 'my_synth');
      this.nameInput.val(this.own?.profile.name ?? '');
    }
    this.table.show(given?.profile, isOwn);
    this.check();
  }

  /** The profile that the table shows. */
  private async shown(): Promise<Given | undefined> {
    const { chosen } = this;
    if (chosen === OWN) return this.own ?? { id: 'my_synth', profile: { parameters: {} } };
    if (chosen === '') return undefined;
    const builtIn = profileNamed(chosen);
    return builtIn === undefined ? fetchProfile(chosen) : { id: chosen, profile: builtIn.raw };
  }

  /** Takes over what the user has changed. */
  private edited(): void {
    const profile = { ...this.own?.profile, parameters: this.table.parameters() };
    const name = String(this.nameInput.val()).trim();
    if (name === '') delete profile.name;
    else profile.name = name;
    this.keep({ id: String(this.idInput.val()).trim(), profile });
    this.check();
  }

  private keep(given: Given): void {
    this.own = { id: given.id, profile: given.profile };
    this.stored.val(JSON.stringify({ cc_profiles: { [given.id]: given.profile } }));
  }

  /** Says under the table whether the profile can be used. */
  private check(): void {
    if (this.chosen !== OWN) return this.say('');
    const double = this.table.doubleName();
    const problem = double === undefined ? problemOf(this.own) : this.text('text.double', { name: double });
    this.say(problem ?? this.text('text.right'), problem !== undefined);
  }

  private say(words: string, wrong = false): void {
    this.line.text(words).toggleClass('phasor-cc-profile-wrong', wrong);
  }

  /** Makes the profile that is shown the node's own. */
  private async copy(): Promise<void> {
    const given = await this.shown();
    if (given === undefined) return;
    await this.choose({ id: `my_${given.id}`.slice(0, 60), profile: given.profile });
  }

  private async choose(given: Given): Promise<void> {
    this.keep(given);
    this.chosen = OWN;
    this.select.val(OWN);
    await this.show();
  }

  private async import(file: JQuery): Promise<void> {
    const [chosen] = (file[0] as HTMLInputElement).files ?? [];
    file.val('');
    if (chosen === undefined) return;
    try {
      const given = await readText(await chosen.text(), /\.csv$/i.test(chosen.name) ? 'csv' : 'yaml');
      await this.choose(BUILT_IN.includes(given.id) ? { ...given, id: `my_${given.id}` } : given);
      if (given.skipped && given.skipped.length > 0) {
        this.say(this.text('text.skipped', { count: given.skipped.length, first: given.skipped[0] }));
      }
    } catch (error) {
      this.say((error as Error).message, true);
    }
  }

  private async export(): Promise<void> {
    const given = await this.shown();
    if (given === undefined) return;
    try {
      const url = URL.createObjectURL(new Blob([await writeText(given)], { type: 'application/yaml' }));
      const link = $('<a>').attr({ href: url, download: `${given.id}.yaml` });
      link[0].click();
      URL.revokeObjectURL(url);
    } catch (error) {
      this.say((error as Error).message, true);
    }
  }

  private async save(): Promise<void> {
    if (this.own === undefined) return;
    try {
      const { id } = await saveFile(this.own);
      this.say(this.text('text.saved', { file: `${id}.yaml` }));
    } catch (error) {
      this.say((error as Error).message, true);
    }
  }

  /** Waits for the next controller that the deployed node hears, and puts the parameter on it. */
  private async learn(name: string): Promise<void> {
    const again = this.learning?.name === name;
    this.stopLearning();
    if (again) return this.check();
    const before = await lastHeard(this.node);
    if (!this.isOpen) return;
    if (before === undefined) return this.say(this.text('text.notDeployed'), true);
    const poll = async () => {
      const heard = await lastHeard(this.node);
      const { learning } = this;
      if (learning?.name !== name) return;
      if (heard?.controller === undefined || heard.count === learning.count) {
        learning.timer = window.setTimeout(() => void poll(), LEARN_EVERY_MS);
        return;
      }
      this.stopLearning();
      this.table.setController(name, heard.controller);
    };
    this.learning = {
      name,
      count: before.count,
      timer: window.setTimeout(() => void poll(), LEARN_EVERY_MS)
    };
    this.table.showLearning(name);
    this.say(this.text('text.turn', { name }));
  }

  private stopLearning(): void {
    if (this.learning === undefined) return;
    window.clearTimeout(this.learning.timer);
    this.learning = undefined;
    this.table.showLearning(undefined);
  }
}

/** What is stored in the node; undefined where it is nothing, or cannot be read. */
export function storedProfile(stored: string): Given | undefined {
  try {
    const { cc_profiles: all } = JSON.parse(stored) as { cc_profiles: Record<string, RawProfile> };
    const [[id, profile]] = Object.entries(all);
    return { id, profile };
  } catch {
    return undefined;
  }
}

/** What is wrong with a profile; undefined where all is well. */
export function problemOf(given: Given | undefined): string | undefined {
  try {
    readProfile(given?.profile ?? { parameters: {} }, given?.id ?? 'my_synth');
    return undefined;
  } catch (error) {
    return inWords(RED._, error);
  }
}
