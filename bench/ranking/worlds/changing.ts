import type { World } from "../world.ts";
import { linearWorld } from "./linear.ts";

/** Every 6,000 decisions other actions are the best. */
export const changing: World = linearWorld({
  name: "changing",
  question: { kind: "share", at: [6000, 36_000] },
  visitor: 5,
  action: 2,
  topics: 6,
  actions: 10,
  middle: 0.4,
  spread: 0.1,
  turns: 6000,
});

export const changingHeldOut: World = linearWorld({
  name: "changing, held out",
  question: { kind: "share", at: [4000, 24_000] },
  visitor: 3,
  action: 4,
  topics: 0,
  actions: 8,
  middle: 0.5,
  spread: 0.15,
  turns: 4000,
});
