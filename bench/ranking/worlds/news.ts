import type { World } from "../world.ts";
import { linearWorld } from "./linear.ts";

/** Ten articles. */
export const news: World = linearWorld({
  name: "news",
  question: { kind: "share", at: [200, 1000, 5000] },
  visitor: 5,
  action: 2,
  topics: 6,
  actions: 10,
  middle: 0.4,
  spread: 0.12,
});

/** Held out: another dimension, more noise. */
export const newsHeldOut: World = linearWorld({
  name: "news, held out",
  question: { kind: "share", at: [200, 1000, 5000] },
  visitor: 3,
  action: 5,
  topics: 0,
  actions: 12,
  middle: 0.3,
  spread: 0.1,
});
