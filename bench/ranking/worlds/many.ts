import type { World } from "../world.ts";
import { linearWorld } from "./linear.ts";

/** 200 actions. */
export const many: World = linearWorld({
  name: "many",
  question: { kind: "share", at: [200, 1000, 5000] },
  visitor: 3,
  action: 2,
  topics: 8,
  actions: 200,
  middle: 0.3,
  spread: 0.08,
});

export const manyHeldOut: World = linearWorld({
  name: "many, held out",
  question: { kind: "share", at: [200, 1000, 5000] },
  visitor: 2,
  action: 4,
  topics: 6,
  actions: 150,
  middle: 0.2,
  spread: 0.06,
});
