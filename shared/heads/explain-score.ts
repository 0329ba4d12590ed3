import type { HashedDecision } from "../features/hashed-decision.ts";
import { type Explanation, explainedFeatures, explanation, linearContributions } from "./explanation.ts";
import type { Head } from "./head.ts";

/**
 * Scores an action and says which features made the score. Of a head with weights alone the score is what `score` gives, bit for bit, and every feature has one
 * contribution.
 * @param decision hashed with its parts.
 * @throws RangeError, Error as `explainedFeatures`.
 */
export function explainScore(head: Head, decision: HashedDecision, action: number): Explanation {
  const x = explainedFeatures(decision, action);
  const contributions = linearContributions(head.weights, x);
  return explanation(head.explain?.(contributions, x) ?? contributions);
}
