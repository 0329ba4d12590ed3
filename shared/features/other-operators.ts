import { callOperators } from "./call-operators.ts";
import { matchesOf, matchFeature } from "./match-operators.ts";
import { matching } from "./matching.ts";
import { textFeature } from "./text-feature.ts";
import { vectorFeature } from "./vector-feature.ts";

/** The operators that a page loads when a model has one, for a program that has this file. */
Object.assign(callOperators, {
  text: textFeature,
  vector: vectorFeature,
  seen: matchFeature,
  timesSeen: matchFeature,
  lastSeenAgo: matchFeature,
} satisfies Partial<typeof callOperators>);
matching.of = matchesOf;
