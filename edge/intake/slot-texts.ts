import type { Action } from "../../shared/contract/record.ts";
import type { CallOperator, ModelSpec } from "../../shared/contract/spec.ts";
import type { Properties } from "../../shared/contract/values.ts";
import { reader } from "../../shared/features/call-operators.ts";
import { TooManyFeatures } from "../../shared/features/feature-limit.ts";
import { MOST_CHARACTERS } from "../../shared/features/text-feature.ts";
import { SLOT_TEXT } from "./limits.ts";

/**
 * That the slots of a call can look at its texts: each looks at those of all actions that are left, and the same words again and again are few features (FeatureBudget), but take their time.
 * @throws TooManyFeatures
 */
export function requireSlotTexts(
  { features }: ModelSpec,
  { context, actions }: { context: Properties; actions: readonly Action[] },
  slots: number,
): void {
  const inContext = textReaders(features.context);
  const inAction = textReaders(features.action);
  let characters = 0;
  for (const read of inContext) characters += charactersOf(read(context));
  for (const { features } of actions) for (const read of inAction) characters += charactersOf(read(features));
  if (slots > 1 && slots * characters > SLOT_TEXT)
    throw new TooManyFeatures(
      "slots",
      `look at ${(slots * characters).toLocaleString("en-US")} characters of texts together: at most ${SLOT_TEXT.toLocaleString("en-US")} are possible`,
    );
}

const textReaders = (operators: Record<string, CallOperator>) =>
  Object.values(operators).flatMap((operator) => (operator.op === "text" ? [reader(operator.path)] : []));

/** Short ones are known by their words (text-feature.ts), and take no time. */
function charactersOf(value: unknown): number {
  if (Array.isArray(value)) return value.reduce((sum: number, one) => sum + String(one).length, 0);
  return typeof value === "string" && value.length > MOST_CHARACTERS ? value.length : 0;
}
