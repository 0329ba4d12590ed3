import { ModelLearner } from "../../shared/learning/model-learner.ts";
import type { ModelSpec } from "../../shared/spec/model.ts";
import { PULL_LIMIT } from "../limits.ts";
import type { Example } from "../partition/messages.ts";
import type { Slice } from "./journal.ts";
import { learnExample } from "./learn-example.ts";

/** Reads a model's examples from a partition, as Partition.pull does for one model. */
export type Pull = (partition: string, after: number, limit: number) => Promise<Example[]>;

/**
 * Learns the log again, in the order of the journal. The result is bit-identical to what learned it first: online
 * learning depends on nothing but the examples and their order.
 */
export async function rebuild(spec: ModelSpec, journal: readonly Slice[], pull: Pull): Promise<ModelLearner> {
  const learner = new ModelLearner(spec);
  for (const { partition, after, upto } of journal) {
    let offset = after;
    while (offset < upto) {
      const examples = await pull(partition, offset, PULL_LIMIT);
      if (examples.length === 0)
        throw new Error(`partition ${partition} has no example after ${offset}, but the journal goes to ${upto}`);
      for (const example of examples) if (example.offset <= upto) learnExample(learner, example);
      offset = examples.at(-1)!.offset;
    }
  }
  return learner;
}
