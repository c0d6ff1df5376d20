import type { Node } from 'node-red';
import type { InputHandle, InputListener, OutputHandle, OutputListener } from '../engine';

/** What a device config node offers to the nodes that use it. */
export interface DeviceNode extends Node {
  /** Id of the profile that cc profile nodes use for it where they name none; blank where it has none. */
  profile?: string;
  /** Opens the device's output, which all its nodes share. Throws where the device's config cannot be used. */
  openOutput(listener: OutputListener): OutputHandle;
  closeOutput(listener: OutputListener, removed: boolean): void;
  /** Opens the device's input, which all its nodes share. Throws where the device's config cannot be used. */
  openInput(listener: InputListener): InputHandle;
  closeInput(listener: InputListener, removed: boolean): void;
}
