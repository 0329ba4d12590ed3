import type { World } from "../world.ts";
import { linearWorld } from "./linear.ts";

/** Ten actions of which two in a hundred are clicked. */
export const rare: World = linearWorld({
  name: "rare",
  question: { kind: "share", at: [1000, 10_000] },
  visitor: 3,
  action: 1,
  topics: 5,
  actions: 10,
  middle: 0.02,
  spread: 0.008,
});

export const rareHeldOut: World = linearWorld({
  name: "rare, held out",
  question: { kind: "share", at: [1000, 10_000] },
  visitor: 2,
  action: 4,
  topics: 0,
  actions: 8,
  middle: 0.03,
  spread: 0.015,
});
