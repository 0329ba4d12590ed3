import type { ModelSpec } from "../../shared/contract/spec.ts";
import { ModelLearner } from "../../shared/versions/model-learner.ts";
import { PULL_LIMIT } from "../limits.ts";
import type { Example, Pulled } from "../log/messages.ts";
import { errorFields, writeOutput } from "../observe/output.ts";
import type { Checkpoint, Unlearned } from "./checkpoint.ts";
import { addSlice, isLearned, type Position, type Slice } from "./journal.ts";
import { learnExample } from "./learn-example.ts";

/** Reads a model's examples from a partition, as Partition.pull does for one model. */
export type Pull = (partition: string, after: number, limit: number) => Promise<Pulled>;

/**
 * Learns a model from the partitions' logs, a bounded part at a time, in memory; `commit` makes it durable. When the
 * stored state cannot be read (any more), it learns the log again in the order of the journal, which gives the same
 * bits: online learning depends on nothing but the examples and their order.
 */
export class LogLearner {
  readonly #spec: ModelSpec;
  readonly #checkpoint: Checkpoint;
  readonly #pull: Pull;

  #learner: ModelLearner;
  #positions: Map<string, Position>;
  #newestFeedbackAt: number | null;
  #unlearnable: number;
  /** Number of the last row of the journal that is learned again; null when that is done, as it mostly is. */
  #followed: number | null;

  /** Learned, not yet committed. */
  #slices: Slice[] = [];
  #unlearned: Unlearned[] = [];
  #uncommitted = false;

  /** Begins at the last checkpoint. */
  constructor(spec: ModelSpec, checkpoint: Checkpoint, pull: Pull) {
    this.#spec = spec;
    this.#checkpoint = checkpoint;
    this.#pull = pull;
    this.#learner = this.#restore();
    const progress = checkpoint.progress();
    this.#positions = checkpoint.positions();
    this.#newestFeedbackAt = progress.newestFeedbackAt;
    this.#unlearnable = progress.unlearnable;
    const last = checkpoint.lastSlice();
    this.#followed = last && !isLearned(last, this.#positions.get(last.partition)) ? 0 : null;
  }

  get model(): ModelLearner {
    return this.#learner;
  }

  /** When the newest feedback that was learned was received, edge's clock; null before the first. */
  get newestFeedbackAt(): number | null {
    return this.#newestFeedbackAt;
  }

  get uncommitted(): boolean {
    return this.#uncommitted;
  }

  /**
   * Learns the next part of what the journal says was learned before. To be done until nothing is left of it, before
   * anything else is learned. @returns whether there may be more.
   */
  async learnAgain(): Promise<boolean> {
    if (this.#followed === null) return false;
    const slice = this.#checkpoint.nextSlice(this.#followed);
    if (!slice) {
      this.#followed = null;
      return false;
    }
    const { partition, log, after, upto, number } = slice;
    const position = this.#positions.get(partition);
    if (isLearned(slice, position)) {
      this.#followed = number;
      return true;
    }
    const from = position?.offset ?? after;
    const pulled = await this.#pull(partition, from, Math.min(PULL_LIMIT, upto - from));
    const examples = pulled.examples.filter(({ offset }) => offset <= upto);
    if (pulled.log === log && examples.length > 0) this.#learn(partition, log, examples);
    else this.#startOver(partition);
    return true;
  }

  /** Learns a partition's next examples. @returns whether there may be more. */
  async learnNext(partition: string): Promise<boolean> {
    const known = this.#positions.get(partition);
    const after = known?.offset ?? 0;
    const { log, examples } = await this.#pull(partition, after, PULL_LIMIT);
    if (known && known.log !== log) {
      writeOutput("error", "a partition's log is another one than before, and is learned from its beginning", {
        model: this.#spec.name,
        partition,
      });
      this.#positions.set(partition, { log, offset: 0 });
      return true;
    }
    if (examples.length === 0) return false;
    this.#unlearned.push(...this.#learn(partition, log, examples));
    addSlice(this.#slices, { partition, log, after, upto: examples.at(-1)!.offset });
    return true;
  }

  /** Makes what was learned durable. */
  commit(): void {
    this.#checkpoint.commit({
      progress: {
        examples: this.#learner.examples,
        progressiveLoss: this.#learner.progressiveLoss,
        meanFeedback: this.#learner.meanFeedback,
        newestFeedbackAt: this.#newestFeedbackAt,
        unlearnable: this.#unlearnable,
      },
      state: this.#learner.state(),
      positions: this.#positions,
      slices: this.#slices,
      unlearned: this.#unlearned,
    });
    this.#slices = [];
    this.#unlearned = [];
    this.#uncommitted = false;
  }

  /** Nothing here awaits: learner, position and journal move in one turn, so a commit never falls between them. */
  #learn(partition: string, log: string, examples: readonly Example[]): Unlearned[] {
    const unlearned: Unlearned[] = [];
    for (const example of examples) {
      const reason = learnExample(this.#learner, example);
      if (reason !== null) unlearned.push({ partition, offset: example.offset, reason });
      if (example.feedbackAt !== null)
        this.#newestFeedbackAt = Math.max(this.#newestFeedbackAt ?? 0, example.feedbackAt);
    }
    this.#unlearnable += unlearned.length;
    this.#positions.set(partition, { log, offset: examples.at(-1)!.offset });
    this.#uncommitted = true;
    return unlearned;
  }

  #restore(): ModelLearner {
    const learner = new ModelLearner(this.#spec);
    if (!this.#checkpoint.exists()) return learner;
    try {
      learner.restore(this.#checkpoint.state());
      return learner;
    } catch (error) {
      writeOutput("error", "learner state cannot be read, and the log is learned again", {
        model: this.#spec.name,
        ...errorFields(error),
      });
      this.#checkpoint.reset();
      return new ModelLearner(this.#spec);
    }
  }

  /** What the journal tells of is no longer in the log: what is left is to learn what the logs have, from their beginnings. */
  #startOver(partition: string): void {
    writeOutput("error", "what was learned is not in the log any more: what there is is learned from its beginning", {
      model: this.#spec.name,
      partition,
    });
    this.#checkpoint.forget();
    this.#learner = new ModelLearner(this.#spec);
    this.#positions = new Map();
    this.#newestFeedbackAt = null;
    this.#unlearnable = 0;
    this.#followed = null;
    this.#uncommitted = false;
  }
}
