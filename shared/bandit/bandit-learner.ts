import type { Reduction } from "../contract/spec.ts";
import type { FeatureBuffer } from "../features/featurebuffer.ts";
import type { Learner } from "../online/learner.ts";
import type { Beliefs, Committee } from "../policies/policy.ts";
import { vote } from "../policies/vote.ts";
import { MtrWeights } from "./mtr-weights.ts";
import type { LoggedDecision } from "./reductions/logged-decision.ts";
import { OnlineBootstrap } from "./reductions/online-bootstrap.ts";
import { OnlineCover } from "./reductions/online-cover.ts";
import type { Regression } from "./reductions/regression.ts";
import { RegressionOnAll } from "./reductions/regression-on-all.ts";
import { RegressionOnChosen } from "./reductions/regression-on-chosen.ts";
import { chosenReward, DoublyRobust, inversePropensity, type RewardEstimates } from "./reductions/reward-estimates.ts";
import { scoresOf } from "./reductions/scores-of.ts";

/** How decisions become examples of regression. */
export type BanditMethod = {
  /** The heads that vote; null: one scores. */
  committee: Committee | null;
  reduction: Reduction;
  /** With the reduction mtr: every decision counts once, not 1 / propensity times. */
  countsOnce: boolean;
  /** Rewards are estimated in 32 bits, each step rounded as Vowpal Wabbit rounds it: only so unstable runs agree. */
  in32Bits?: boolean;
  /** How a head learns, where it is by none of the reductions. */
  regressionOf?: (head: Learner) => Regression;
  /** How the heads of a cover vote while they learn: as `vote` by default. */
  vote?: typeof vote;
};

/**
 * Learners of examples put together to learn decisions, of which only the chosen action's reward is known: one, or a committee of several
 * heads, each by a reduction to regression, some with a model of the rewards of all actions beside them. Trainers and
 * `edgewise vw` learn by this alone.
 */
export class BanditLearner {
  /** All learners, in the order in which they were made. */
  readonly learners: Learner[] = [];
  /** Those that score actions: one, or each that votes. */
  readonly heads: Learner[] = [];
  /** How those weigh decisions that learn what was chosen. */
  readonly weights: MtrWeights[] = [];
  /** The first model of the rewards of all actions; null: there is none. */
  rewardModel: DoublyRobust | null = null;
  /** Where a single learner learns what was chosen, and nothing else: how it does. */
  readonly alone: RegressionOnChosen | null;
  /** Whether it looks at all actions of a decision; else at the chosen one only. */
  readonly looksAtAll: boolean;
  /** How many decisions were learned. */
  decisions = 0;
  readonly #method: BanditMethod;
  readonly #newLearner: () => Learner;
  readonly #regression: Regression;

  /**
   * @param newLearner makes a learner.
   * @param uniform draws from [0, 1); only a bootstrap draws.
   */
  constructor(method: BanditMethod, newLearner: () => Learner, uniform: () => number) {
    const { committee, reduction } = method;
    this.#method = method;
    this.#newLearner = newLearner;
    this.looksAtAll = committee?.by === "cover" || reduction !== "mtr";
    this.#regression = this.#compose(uniform);
    this.alone = this.#regression instanceof RegressionOnChosen ? this.#regression : null;
  }

  /** What it thinks of the first `count` of these actions: of a committee what the heads say on average, or the first of those that cover. */
  beliefs(actions: readonly FeatureBuffer[], count: number): Beliefs {
    const scored = this.heads.map((head) => scoresOf(head, actions, count));
    if (this.#method.committee !== null) {
      const speaking = scored.slice(0, this.speakers.length);
      const mean = (_: number, a: number) => speaking.reduce((sum, scores) => sum + scores[a]!, 0) / speaking.length;
      return { scores: new Float64Array(count).map(mean), committee: scored };
    }
    const [head] = this.heads as [Learner];
    const deviation = (_: number, a: number) => Math.sqrt(head.variance!(actions[a]!, actions[a]!.common));
    const width = (_: number, a: number) => head.width!(actions[a]!);
    return {
      scores: scored[0]!,
      ...(head.variance && { deviations: new Float64Array(count).map(deviation) }),
      ...(head.width && { widths: new Float64Array(count).map(width) }),
    };
  }

  /** The heads that say what an action is worth, on average. */
  get speakers(): readonly Learner[] {
    return this.#method.committee?.by === "cover" ? this.heads.slice(0, 1) : this.heads;
  }

  learn(decision: LoggedDecision): void {
    this.#regression.learn(decision);
    this.decisions++;
  }

  #compose(uniform: () => number): Regression {
    const { committee, reduction } = this.#method;
    if (committee === null) return this.#regressionOf(reduction);
    if (committee.by === "bootstrap") {
      const bags = Array.from({ length: committee.heads }, () => this.#regressionOf(reduction));
      return new OnlineBootstrap(bags, uniform);
    }
    const first = this.#regressionOf(reduction);
    for (let others = committee.heads - 1; others > 0; others--) this.#head();
    return new OnlineCover({
      heads: this.heads,
      first,
      // The first's model serves all: it is asked before it learns.
      estimates: reduction === "ips" ? inversePropensity : (this.rewardModel?.foresight ?? this.#robust()),
      psi: committee.psi,
      floor: (count) => committee.floor(count, this.decisions),
      in32Bits: this.#method.in32Bits ?? false,
      vote: this.#method.vote ?? vote,
    });
  }

  #regressionOf(reduction: Reduction): Regression {
    const head = this.#head();
    const { regressionOf } = this.#method;
    if (regressionOf) return regressionOf(head);
    if (reduction !== "mtr") return new RegressionOnAll(head, this.#estimates(reduction), this.#method.in32Bits);
    const weights = new MtrWeights();
    this.weights.push(weights);
    return new RegressionOnChosen(head, weights, this.#method.countsOnce);
  }

  #estimates(reduction: Exclude<Reduction, "mtr">): RewardEstimates {
    if (reduction === "ips") return inversePropensity;
    return reduction === "dm" ? chosenReward : this.#robust();
  }

  #robust(): DoublyRobust {
    const model = new DoublyRobust(this.#learner(), this.#method.in32Bits);
    this.rewardModel ??= model;
    return model;
  }

  #head(): Learner {
    const head = this.#learner();
    this.heads.push(head);
    return head;
  }

  #learner(): Learner {
    const learner = this.#newLearner();
    this.learners.push(learner);
    return learner;
  }
}
