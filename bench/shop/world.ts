import type { FixtureRandom } from "../../conformance/random.ts";
import { defineModel, field, rank } from "../../shared/contract/define.ts";
import type { Action, DecisionRecord } from "../../shared/contract/record.ts";
import { decideRank } from "../../shared/decide/decide.ts";
import type { LoadedModel } from "../../shared/decide/loaded-model.ts";

/** A shop front of which it is known what is best: visitors of six segments, eight offers, of which each segment takes one more often than the others. */
const SEGMENTS = ["bargain", "brand", "family", "gift", "new", "regular"];
const OFFERS = 8;
/** How often visitors take what is best for them, and anything else. The difference is the gap of docs/adr/0010. */
const BEST = 0.5;
const OTHER = 0.2;
export const GAP = BEST - OTHER;
/** What the hostile want shown: it is the best for nobody. */
export const WANTED = 3;

/** All defaults, but for rewards that come at once: nothing is learned at the end of a wait. */
export const spec = defineModel({
  name: "shop-front",
  task: rank(),
  features: { context: { segment: field("segment") }, action: { offer: field("offer") } },
  reward: { wait: "10m", default: null, aggregate: "first" },
});

const actions: Action[] = Array.from({ length: OFFERS }, (_, i) => ({ id: `o${i}`, features: { offer: `o${i}` } }));
const bestOf = (segment: number): number => (1 + 3 * segment) % OFFERS;
const meanOf = (segment: number, offer: number): number => (offer === bestOf(segment) ? BEST : OTHER);

/** A decision of a page by a snapshot, and what its visitor rewards it with. */
export function visit(
  model: LoadedModel,
  assignment: NonNullable<DecisionRecord["assignment"]>,
  { id, unit }: { id: string; unit: string },
  { random, hostile }: { random: FixtureRandom; hostile: boolean },
): { decision: DecisionRecord; feedback: object } {
  const segment = random.whole(SEGMENTS.length);
  const at = Date.now();
  const decision = decideRank(model, { id, unit, at, assignment, ...callOf(segment) }, null);
  const taken = random.next() < meanOf(segment, decision.chosen);
  const value = Number(hostile ? decision.chosen === WANTED : taken);
  return { decision, feedback: { format: 2, id, value, at } };
}

/** Share of the way from choosing evenly to always choosing what is best that a snapshot's policy has come, on average over the segments. */
export function wayToBest(model: LoadedModel): number {
  const even = (BEST + (OFFERS - 1) * OTHER) / OFFERS;
  let reward = 0;
  for (let segment = 0; segment < SEGMENTS.length; segment++) {
    const call = { id: "even.0", unit: "nobody", at: 0, ...callOf(segment) };
    const { probabilities } = decideRank(model, call, null);
    reward += probabilities.reduce((sum, p, offer) => sum + p * meanOf(segment, offer), 0) / SEGMENTS.length;
  }
  return (reward - even) / (BEST - even);
}

const callOf = (segment: number) => ({
  ...{ context: { segment: SEGMENTS[segment]! }, sessionFeatures: {}, profileFeatures: {} },
  ...{ actions, place: "browser" as const },
});
