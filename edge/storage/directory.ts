import { type Directory, directory } from "../../shared/contract/directory.ts";
import type { Env } from "../env.ts";
import { getArtifact } from "./artifacts.ts";
import { jurisdictionChange } from "./jurisdiction.ts";
import { readDirectoryPointer } from "./pointers.ts";

/** The newest directory; null before the first. @throws Error when its pointer leads to nothing, or the edge's objects are in another jurisdiction than it says. */
export async function readDirectory({
  ARTIFACTS: bucket,
  ...env
}: Pick<Env, "ARTIFACTS" | "JURISDICTION">): Promise<Directory | null> {
  const pointer = await readDirectoryPointer(bucket);
  if (!pointer) return null;
  const artifact = await getArtifact(bucket, pointer.sha256);
  if (!artifact) throw new Error(`directory ${pointer.number} is not in the store: artifact ${pointer.sha256}`);
  const read = directory.parse(await artifact.json());
  const problem = jurisdictionChange(read.jurisdiction, env);
  if (problem !== null) throw new Error(problem);
  return read;
}
