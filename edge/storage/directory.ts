import { type Directory, directory } from "../../shared/contract/directory.ts";
import { getArtifact } from "./artifacts.ts";
import { readDirectoryPointer } from "./pointers.ts";

/** The newest directory; null before the first. @throws Error when its pointer leads to nothing. */
export async function readDirectory(bucket: R2Bucket): Promise<Directory | null> {
  const pointer = await readDirectoryPointer(bucket);
  if (!pointer) return null;
  const artifact = await getArtifact(bucket, pointer.sha256);
  if (!artifact) throw new Error(`directory ${pointer.number} is not in the store: artifact ${pointer.sha256}`);
  return directory.parse(await artifact.json());
}
