import type editorClient from '@node-red/editor-client';

declare global {
  /** The editor's own object; every editor script runs inside the editor page. */
  const RED: editorClient.RED;
}

/** A node as validators and dialog functions see it (`this`). */
export type EditorNode<Properties extends editorClient.NodeProperties> =
  editorClient.NodeInstance<Properties>;

/** A node's translation function, bound to its own catalogue. */
export type Translate = editorClient.NodeInstance['_'];
