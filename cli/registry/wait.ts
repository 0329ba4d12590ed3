import { setTimeout } from "node:timers/promises";
import { UsageError } from "../command.ts";
import type { EdgeCalls } from "../edge-calls.ts";
import type { VersionAnswer } from "./version-text.ts";

/** How often it is asked, ms. */
const INTERVAL = 500;

/**
 * Waits until a version has become what it was asked to be.
 * @throws UsageError when it no longer waits for that, and has not become it: somebody else changed it.
 */
export async function whenSettled(edge: EdgeCalls, { model, version, wanted }: VersionAnswer): Promise<VersionAnswer> {
  for (;;) {
    const { versions } = await edge.get<{ versions: VersionAnswer[] }>(`/v1/models/${model}/versions`);
    const now = versions.find((v) => v.version === version)!;
    if (!now.wanted) {
      if (wanted === null || now.stage === wanted.stage) return now;
      throw new UsageError(
        `${model}@${version} is no longer to be ${wanted.stage}: something else was asked for meanwhile.`,
      );
    }
    await setTimeout(INTERVAL);
  }
}
