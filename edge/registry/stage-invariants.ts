import type { Invariants } from "../storage/invariants.ts";
import type { RegisteredVersion } from "./messages.ts";

/**
 * What must hold of a model's versions, as they are written and not committed yet: at most one is live, and one is if one was; at most one is a canary, of a share of units;
 * what one took the place of is there; and none that there was is gone. @throws BrokenInvariantError when it does not.
 */
export function requireStages(
  invariants: Invariants,
  before: readonly RegisteredVersion[],
  after: readonly RegisteredVersion[],
): void {
  const model = after[0]?.model;
  const of = (versions: readonly RegisteredVersion[], stage: RegisteredVersion["stage"]) =>
    versions.filter((version) => version.stage === stage);
  const [live, canaries] = [of(after, "live"), of(after, "canary")];
  invariants.require(live.length <= 1, () => `${model} would have ${live.length} live versions`);
  invariants.require(
    live.length === 1 || of(before, "live").length === 0,
    () => `${model} would have no live version any more`,
  );
  invariants.require(canaries.length <= 1, () => `${model} would have ${canaries.length} canaries`);
  for (const { version, share } of canaries)
    invariants.require(
      share !== null && share > 0 && share <= 1,
      () => `${model}@${version} would get ${share} of the units`,
    );
  const numbers = new Set(after.map(({ version }) => version));
  for (const { version } of before) invariants.require(numbers.has(version), () => `${model}@${version} would be gone`);
  for (const { version, replaced } of after)
    invariants.require(
      replaced === null || numbers.has(replaced),
      () => `${model}@${version} would have taken the place of version ${replaced}, which there is not`,
    );
}
