import type { Beside } from "../artifact/snapshot.ts";
import type { HashedDecision } from "../features/hashed-decision.ts";
import { committeeOf } from "../policies/policy-of.ts";
import type { HeadKind } from "./head.ts";
import { LinearHead } from "./linear.ts";

const TAG = "heads";
const MOST_HEADS = 32;

/** Several linear heads that vote; what is said of an action's worth is a linear head of its own: their mean, or the first of them. */
class CommitteeHead extends LinearHead {
  readonly #members: readonly LinearHead[];

  constructor(weights: Float32Array, members: readonly Float32Array[], bits: number) {
    super(weights, bits);
    this.#members = members.map((table) => new LinearHead(table, bits));
  }

  votes(decision: HashedDecision): Float64Array[] {
    return this.#members.map((member) => member.score(decision));
  }
}

/** Of policies whose heads vote. */
export const committee: HeadKind = {
  number: { tag: TAG, whole: true, least: 1, most: MOST_HEADS },
  tables: (heads) => Array.from({ length: heads }, () => ({ name: "weight of the committee" })),
  numberFor: ({ policy }) => committeeOf(policy)?.heads,
  text: (heads) => `${heads} heads that vote`,
  make: ({ weights, beside, bits }) => new CommitteeHead(weights, beside!.tables, bits),
};

/** @param tables the weights of each head. */
export const votingTables = (tables: readonly Float32Array[]): Beside => ({ tag: TAG, number: tables.length, tables });
