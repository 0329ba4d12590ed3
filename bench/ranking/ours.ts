import { defineModel, rank } from "../../shared/contract/define.ts";
import type { RankDecision } from "../../shared/contract/record.ts";
import type { LearnerSpec } from "../../shared/contract/spec.ts";
import { decideRank } from "../../shared/decide/decide.ts";
import { loadModel } from "../../shared/decide/loaded-model.ts";
import { withSnapshot } from "../../shared/decide/with-snapshot.ts";
import type { Policy } from "../../shared/policies/policy-of.ts";
import { ModelLearner } from "../../shared/versions/model-learner.ts";
import type { Contestant, Player } from "./contestant.ts";
import type { Round, World } from "./world.ts";

/** A snapshot is published with each of so many decisions at first, and then once in so many: a page's is some decisions old. */
const AT_ONCE = 100;
const BETWEEN = 10;

/** Decided and learned by the code that pages, edge and trainers run; with nothing set, but what is given. */
export function ours(name: string, set: { policy?: Policy; learner?: LearnerSpec } = {}): Contestant {
  return { name, begin: (world) => new OurPlayer(world, set) };
}

class OurPlayer implements Player {
  readonly #learner: ModelLearner;
  #model: ReturnType<typeof loadModel>;
  #decision: RankDecision | null = null;
  #count = 0;

  constructor({ features }: World, set: { policy?: Policy; learner?: LearnerSpec }) {
    const reward = { wait: "1m", default: 0, aggregate: "first" } as const;
    const spec = defineModel({ name: "world", task: rank(), features, reward, ...set });
    this.#learner = new ModelLearner(spec);
    this.#model = loadModel(spec, this.#learner.snapshot(1, 0));
  }

  decide({ context, actions }: Round): { scores: ArrayLike<number>; probabilities: Float64Array } {
    const nothing = { unit: "visitor", at: 0, sessionFeatures: {}, profileFeatures: {}, place: "edge" } as const;
    this.#decision = decideRank(this.#model, { ...nothing, id: `${this.#count}`, context, actions }, null);
    const { scores, probabilities } = this.#decision;
    return { scores, probabilities: Float64Array.from(probabilities) };
  }

  learn(_: Round, chosen: number, reward: number): void {
    this.#learner.learn({ ...this.#decision!, chosen }, reward);
    this.#count++;
    if (this.#count <= AT_ONCE || this.#count % BETWEEN === 0)
      this.#model = withSnapshot(this.#model, this.#learner.snapshot(1, this.#count));
  }
}
