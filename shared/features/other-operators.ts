import { callOperators } from "./call-operators.ts";
import { matchesOf, matchFeature } from "./match-operators.ts";
import { matching } from "./matching.ts";
import { TextFeature, textFeature } from "./text-feature.ts";
import { similarityFeature, VectorFeature, vectorFeature } from "./vector-feature.ts";

/**
 * The operators that a page loads when a model has one. A program that has this file has them; what is part of the package calls this, too: bundlers leave out files of it that nobody takes
 * anything from.
 */
export function addOtherOperators(): void {
  Object.assign(callOperators, {
    text: textFeature,
    vector: vectorFeature,
    seen: matchFeature,
    timesSeen: matchFeature,
    lastSeenAgo: matchFeature,
    similarity: similarityFeature,
    kinds: { text: TextFeature, vector: VectorFeature, decayedMean: VectorFeature },
  } satisfies Partial<typeof callOperators>);
  matching.of = matchesOf;
}

addOtherOperators();
