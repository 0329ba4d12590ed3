import type { Namespace } from "../contract/spec.ts";
import type { FeatureValue, Properties } from "../contract/values.ts";
import { type CallFeature, reader } from "./call-operators.ts";
import type { PushedFeature, Treatment } from "./feature-kind.ts";
import { hashFeature } from "./hash.ts";
import type { JoinableFeatures } from "./joinable-features.ts";
import { KIND } from "./kind.ts";
import { vectorValue } from "./number-value.ts";

/** Longest vectors that are joined with other features by the learner `auto`: of a context, and of an action, which is joined with itself, too. */
const MOST_JOINED = 1024;
const MOST_JOINED_ACTION = 64;

const LOW = 2 ** KIND - 1;
/** Kinds (numeric.ts) in rank models with `auto`: what is linear is joined with categories and with what is linear. */
const STRAIGHT = 1 << KIND;
const CATEGORY = 7 << KIND;

/** A list of exactly `size` numbers. */
export function vectorFeature({ path, size }: { path: string; size: number }): CallFeature {
  const read = reader(path);
  return (data) => vectorValue(read(data), size);
}

/**
 * A vector that the head sees: each of its numbers as it is, by its place, such as `content[0]`, and that there is one, by which zeros are told from what is missing.
 *
 * With the learner `auto` a vector stands alone in models that predict; in models that rank it is joined up to MOST_JOINED, as without that what a visitor likes could not decide which action is best. Other
 * learners join what the spec says.
 */
export class VectorFeature implements PushedFeature {
  readonly #namespace: Namespace;
  readonly #name: string;
  readonly #index: number;
  readonly #isTreated: boolean;
  readonly #most: number;
  /** Hashes of the places. */
  readonly #places: number[] = [];

  constructor(namespace: Namespace, name: string, treatment: Treatment) {
    this.#namespace = namespace;
    this.#name = name;
    // As hashNamespace: with that, the part of the client that pages load first would export one thing more.
    this.#index = hashFeature(name, hashFeature(namespace, 0));
    this.#isTreated = treatment !== "none";
    this.#most = namespace === "action" ? MOST_JOINED_ACTION : MOST_JOINED;
  }

  push(value: FeatureValue | undefined, into: JoinableFeatures): void {
    if (!Array.isArray(value)) return;
    const namespace = this.#namespace;
    const name = this.#name;
    const isJoined = !this.#isTreated || (into.ranked && value.length <= this.#most);
    const section = isJoined ? into.joined : into.linear;
    section.push((this.#index & LOW) | CATEGORY, 1);
    section.parts?.add({ namespace, name }, true, section);
    for (const [place, x] of value.entries()) {
      if (typeof x !== "number" || x === 0) continue;
      this.#places[place] ??= (hashFeature(`${place}.`, this.#index) & LOW) | STRAIGHT;
      section.push(this.#places[place], x);
      section.parts?.add({ namespace, name: `${name}[${place}]` }, x, section);
    }
  }
}

/**
 * The cosine of the angle between two vectors, from -1 to 1: one of the call's own data under `path`, and one of the session's features (`session.taste`), of the context (`context.query`) or of the action
 * itself (`action.image`). Null where one is missing, where they have not equally many numbers, and of zeros, which have no direction.
 */
export function similarityFeature({ path, to }: { path: string; to: string }): CallFeature {
  const read = reader(path);
  const dot = to.indexOf(".");
  const namespace = to.slice(0, dot);
  // The name of a session feature has no dot.
  const readOther = reader(to.slice(dot + 1));
  return (data, { context = {}, sessionFeatures = {} }) => {
    const other = namespace === "session" ? (sessionFeatures as Properties) : namespace === "context" ? context : data;
    return cosine(numbers(read(data)), numbers(readOther(other)));
  };
}

const numbers = (value: unknown): number[] | null => (Array.isArray(value) ? vectorValue(value, value.length) : null);

/** @returns null where there is none. */
function cosine(a: number[] | null, b: number[] | null): number | null {
  if (a?.length !== b?.length) return null;
  let product = 0;
  let ofA = 0;
  let ofB = 0;
  a?.forEach((x, i) => {
    const y = b![i]!;
    product += x * y;
    ofA += x * x;
    ofB += y * y;
  });
  const lengths = Math.sqrt(ofA) * Math.sqrt(ofB);
  // What is shorter has no direction: its squares lose their digits, and at last are 0. Adding 0 turns -0 into 0.
  return lengths > 1e-140 ? Math.min(1, Math.max(-1, product / lengths)) + 0 : null;
}
