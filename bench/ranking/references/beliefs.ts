import type { Round } from "../world.ts";
import { Ridge } from "./ridge.ts";

/** What a reference knows of actions: by a regression of each action alone, or by one of all products of visitor and action. */
export interface RidgeBeliefs {
  score(round: Round, action: number): number;
  spread(round: Round, action: number): number;
  learn(round: Round, action: number, reward: number): void;
}

/** Each action by itself, known by its id. */
export class Disjoint implements RidgeBeliefs {
  readonly #ridges = new Map<string, Ridge>();
  readonly #keep: number;

  constructor(keep = 1) {
    this.#keep = keep;
  }

  score = (round: Round, action: number) => this.#of(round, action).score(round.visitor);
  spread = (round: Round, action: number) => this.#of(round, action).spread(round.visitor);
  learn = (round: Round, action: number, reward: number) => this.#of(round, action).learn(round.visitor, reward);

  #of({ actions, visitor }: Round, action: number): Ridge {
    const { id } = actions[action]!;
    let ridge = this.#ridges.get(id);
    if (ridge === undefined) {
      ridge = new Ridge(visitor.length, this.#keep);
      this.#ridges.set(id, ridge);
    }
    return ridge;
  }
}

/** All together. The constant that all actions have in common is learned, too. */
export class Shared implements RidgeBeliefs {
  readonly #keep: number;
  #ridge: Ridge | null = null;
  #x = new Float64Array(0);

  constructor(keep = 1) {
    this.#keep = keep;
  }

  score(round: Round, action: number): number {
    return this.#products(round, action).score(this.#x);
  }

  spread(round: Round, action: number): number {
    return this.#products(round, action).spread(this.#x);
  }

  learn(round: Round, action: number, reward: number): void {
    this.#products(round, action).learn(this.#x, reward);
  }

  #products({ visitor, offered }: Round, action: number): Ridge {
    const numbers = offered[action]!;
    if (this.#ridge === null) {
      this.#x = new Float64Array(1 + visitor.length * numbers.length);
      this.#ridge = new Ridge(this.#x.length, this.#keep);
    }
    this.#x[0] = 1;
    let at = 1;
    for (const a of visitor) for (const b of numbers) this.#x[at++] = a * b;
    return this.#ridge;
  }
}
