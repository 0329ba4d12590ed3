import { type Directory, directory } from "../../shared/contract/directory.ts";
import type { Env } from "../env.ts";
import { getArtifact } from "../storage/artifacts.ts";
import { readDirectory } from "../storage/directory.ts";
import { PAST_DIRECTORIES } from "./limits.ts";

/** Directories of before by number, the one used last last. */
const kept = new Map<number, Directory>();

/** The directory of a number, when it is in memory. */
export function keptDirectory(number: number): Directory | null {
  const known = kept.get(number);
  if (!known) return null;
  kept.delete(number);
  kept.set(number, known);
  return known;
}

/** The directory of a number. @returns null when there was none yet. @throws Error when it is not in the store. */
export async function pastDirectory(env: Env, number: number): Promise<Directory | null> {
  const sha256 = await env.REGISTRY.getByName("registry").directoryHash(number);
  if (sha256 === null) {
    // The pointer leads to a new one a moment before the registry has noted that it does.
    const newest = await readDirectory(env);
    return newest && newest.number >= number ? newest : null;
  }
  const artifact = await getArtifact(env.ARTIFACTS, sha256);
  if (!artifact) throw new Error(`directory ${number} is not in the store: artifact ${sha256}`);
  const read = directory.parse(await artifact.json());
  kept.set(number, read);
  if (kept.size > PAST_DIRECTORIES) kept.delete(kept.keys().next().value!);
  return read;
}
