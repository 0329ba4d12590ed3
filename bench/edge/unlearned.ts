import homeHero from "../../models/home-hero/spec.ts";

/**
 * The demo's model with a wait that is longer than the bench: what is decided in one case is not learned beside the next, so that neither is slowed down by what another left behind.
 */
export default {
  ...homeHero,
  name: "home-hero-unlearned",
  reward: { ...homeHero.reward, wait: "1h" },
  graph: "../../models/home-hero/generated/home-hero.onnx",
};
