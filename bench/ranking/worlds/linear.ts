import { field } from "../../../shared/contract/define.ts";
import { fields, named } from "../../numbered.ts";
import type { Source } from "../../source.ts";
import type { Question, Round, Stream, World } from "../world.ts";
import { expectedReward, tasteOf } from "./bilinear.ts";

export type LinearWorld = {
  name: string;
  question: Question;
  /** Numbers of a visitor, and of an action. */
  visitor: number;
  action: number;
  /** Beside its numbers an action has one of so many topics; 0: none. */
  topics: number;
  actions: number;
  /** Expected rewards are the middle and so many of its units: within a decision they lie around the middle with the deviation `spread`. */
  middle: number;
  spread: number;
  /** After so many decisions the matrix is another. */
  turns?: number;
};

/**
 * Visitors and actions of normal numbers, actions that stay, and an expected reward that is linear in the products of both (and in each action's own
 * numbers): news, as the literature has it.
 */
export function linearWorld(options: LinearWorld): World {
  const { name, question, visitor, action, topics } = options;
  return {
    name,
    question,
    shared: true,
    features: { context: fields(visitor), action: { ...fields(action), ...(topics > 0 && { topic: field("topic") }) } },
    stream: (source) => new LinearStream(options, source),
  };
}

class LinearStream implements Stream {
  readonly #options: LinearWorld;
  readonly #source: Source;
  readonly #offered: number[][];
  readonly #actions: Round["actions"];
  #matrix: number[][] = [];
  #count = 0;

  constructor(options: LinearWorld, source: Source) {
    this.#options = options;
    this.#source = source;
    const { action, topics } = options;
    const made = Array.from({ length: options.actions }, (_, i) => {
      const numbers = source.normals(action);
      const topic = topics > 0 ? source.whole(topics) : -1;
      const features = { ...named(numbers), ...(topics > 0 && { topic: `t${topic}` }) };
      const isTopic = Array.from({ length: topics }, (_, t) => Number(t === topic));
      return { offered: [...numbers, ...isTopic], action: { id: `a${i}`, features } };
    });
    this.#offered = made.map(({ offered }) => offered);
    this.#actions = made.map(({ action }) => action);
  }

  next(): Round {
    const { visitor, middle, spread, turns = Number.POSITIVE_INFINITY } = this.#options;
    const width = this.#offered[0]!.length;
    const source = this.#source;
    // One row more than there are numbers: what an action is worth to everybody.
    if (this.#count === 0 || this.#count % turns === 0)
      this.#matrix = Array.from({ length: visitor + 1 }, () => source.normals(width));
    this.#count++;
    const numbers = source.normals(visitor);
    const rows = [1, ...numbers];
    const taste = tasteOf(rows, this.#matrix);
    // A topic is one number that is 1.
    const unit = spread / Math.sqrt((visitor + 1) * (this.#options.action + Number(this.#options.topics > 0)));
    const expected = Float64Array.from(this.#offered, (z) => expectedReward(middle, unit, z, taste));
    return { context: named(numbers), actions: this.#actions, expected, visitor: rows, offered: this.#offered };
  }
}
