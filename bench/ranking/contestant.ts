import type { Source } from "../source.ts";
import type { Round, World } from "./world.ts";

/** Whoever decides in a world and learns from it. */
export type Contestant = {
  name: string;
  /** Begins anew. @param source what it draws from. */
  begin(world: World, source: Source): Player;
};

export interface Player {
  /** What it thinks of each action, and how probable it makes each. */
  decide(round: Round): { scores: ArrayLike<number>; probabilities: Float64Array };
  /** Learns the reward of the action that was chosen of the round it decided last. */
  learn(round: Round, chosen: number, reward: number): void;
}
