import type { FeaturePart } from "../features/feature-parts.ts";
import type { Explanation } from "./explain.ts";

/**
 * An explanation in lines to read, the score first, then what adds most to it or takes most from it.
 * @param most contributions to name; what all others add makes the last line.
 * @example
 * score 0.1342
 * +0.2110 context.device = tv × action.genre = drama
 * -0.0501 session.views = 3
 * -0.0267 41 others
 */
export function explanationText({ score, contributions }: Explanation, most = 10): string {
  const lines = contributions
    .slice(0, most)
    .map(({ parts, contribution }) => `${signed(contribution)} ${parts.map(partText).join(" × ")}`);
  const others = contributions.slice(most);
  const rest = others.reduce((sum, { contribution }) => sum + contribution, 0);
  if (others.length > 0) lines.push(`${signed(rest)} ${others.length} others`);
  return [`score ${score.toFixed(4)}`, ...lines].join("\n");
}

const signed = (value: number): string => (value < 0 ? value.toFixed(4) : `+${value.toFixed(4)}`);

function partText({ namespace, name, value, scale }: FeaturePart): string {
  if (namespace === "constant") return "constant";
  return `${namespace}.${name} = ${value}${scale === undefined ? "" : ` (${scale})`}`;
}
