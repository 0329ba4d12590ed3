import type { Client } from "edgewise";
import type models from "../edgewise-models";

const offers = [
  { id: "tea", title: "A pot of green tea", features: { name: "tea", kind: "hot" } },
  { id: "coffee", title: "A cup of coffee", features: { name: "coffee", kind: "hot" } },
  { id: "lemonade", title: "A glass of lemonade", features: { name: "lemonade", kind: "cold" } },
];

/** What to offer next, why, and where to say what the visitor answered. */
export function nextOffer(client: Client<typeof models>, device: "phone" | "desktop") {
  const decision = client.rankSync("my-project", offers, { context: { device } });
  const offer = offers.find(({ id }) => id === decision.chosen)!;
  return {
    offer,
    // Where no model is here in time, the first of the list is the answer.
    why: decision.reason
      ? `the order of the list (${decision.reason})`
      : `${decision.model} with probability ${decision.ranking[0]!.probability.toFixed(2)}`,
    async answer(wanted: boolean): Promise<void> {
      if (wanted) client.track("answer", { kind: offer.features.kind });
      await decision.reward(wanted ? 1 : 0);
    },
  };
}
