import type { RawProfile } from '../../music/profile';
import type { Words } from '../../music/words';
import { inWords } from '../../palette/words';

/** A profile with its id, as the runtime gives and takes it. */
export interface Given {
  id: string;
  profile: RawProfile;
  skipped?: string[];
}

const ROUTE = 'phasor/cc-profiles';

/** A profile that the runtime knows; undefined where there is none or no answer. */
export async function fetchProfile(id: string): Promise<Given | undefined> {
  try {
    return (await $.getJSON(`${ROUTE}/${encodeURIComponent(id)}`)) as Given;
  } catch {
    return undefined;
  }
}

/** Sends JSON and resolves with the answer. Throws an Error with what the runtime says is wrong. */
async function post<T>(route: string, body: unknown): Promise<T> {
  try {
    return (await $.ajax({
      url: `${ROUTE}/${route}`,
      method: 'POST',
      contentType: 'application/json',
      data: JSON.stringify(body)
    })) as T;
  } catch (failure) {
    const { responseJSON, statusText } = failure as {
      responseJSON?: { message?: string; words?: Words };
      statusText: string;
    };
    const { words = responseJSON?.message ?? statusText } = responseJSON ?? {};
    throw new Error(inWords(RED._, words), { cause: failure });
  }
}

/** A profile from YAML, JSON or CSV. */
export function readText(text: string, format: 'yaml' | 'csv'): Promise<Given> {
  return post('read', { text, format });
}

/** A profile as YAML. */
export async function writeText(given: Given): Promise<string> {
  return (await post<{ text: string }>('write', given)).text;
}

/** Keeps a profile as a file of the user directory. */
export function saveFile(given: Given): Promise<{ id: string }> {
  return post('save', given);
}

/** The last controller that a deployed node has heard, and how many it has heard. */
export async function lastHeard(node: string): Promise<{ count: number; controller?: number } | undefined> {
  try {
    return (await $.getJSON(`${ROUTE}/heard/${encodeURIComponent(node)}`)) as never;
  } catch {
    return undefined;
  }
}
