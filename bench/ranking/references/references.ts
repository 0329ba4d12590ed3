import type { World } from "../world.ts";
import { Disjoint, Shared } from "./beliefs.ts";
import { linUcb } from "./lin-ucb.ts";
import { linearThompson } from "./linear-thompson.ts";
import type { Reference } from "./reference.ts";
import { squareCbOnRidge } from "./square-cb.ts";

/** A discounted regression forgets all but 1 / e in so many decisions. */
const REMEMBERED = 1000;

/**
 * All that a world is held against. Each method with two or three of its constants: the best of them is a reference that was tuned on what it is
 * measured with, as ours is not.
 */
export function referencesFor({ shared }: World): Reference[] {
  const disjoint = [
    ...[0.1, 0.3, 1].map((alpha) => ({
      name: `disjoint LinUCB ${alpha}`,
      beliefs: () => new Disjoint(),
      distribution: linUcb(alpha),
    })),
    ...[0.1, 0.3].map((scale) => ({
      name: `disjoint linear Thompson ${scale}`,
      beliefs: () => new Disjoint(),
      distribution: linearThompson(scale),
    })),
  ];
  if (!shared) return disjoint;
  return [
    disjoint[1]!,
    ...[0.1, 0.3].map((alpha) => ({
      name: `shared LinUCB ${alpha}`,
      beliefs: () => new Shared(),
      distribution: linUcb(alpha),
    })),
    { name: "linear Thompson .2", beliefs: () => new Shared(), distribution: linearThompson(0.2) },
    {
      name: "linear Thompson .2, forgetting",
      beliefs: () => new Shared(1 - 1 / REMEMBERED),
      distribution: linearThompson(0.2),
    },
    { name: "SquareCB on ridge", beliefs: () => new Shared(), distribution: squareCbOnRidge(3) },
  ];
}
