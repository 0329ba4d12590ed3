import type { FeaturePart } from "../contract/calls.ts";
import type { Namespace } from "../contract/spec.ts";
import type { FeatureValue } from "../contract/values.ts";
import { type CallFeature, reader } from "./call-operators.ts";
import type { PushedFeature, Treatment } from "./feature-kind.ts";
import { hashFeature } from "./hash.ts";
import type { JoinableFeatures } from "./joinable-features.ts";
import { KIND } from "./kind.ts";
import { wordsOf } from "./words.ts";

/** Texts of so many characters, and so many of them, are remembered with their words: titles of actions come again and again. */
export const MOST_CHARACTERS = 128;
const MOST_TEXTS = 1024;

/**
 * Most words of one value that are looked at, a list's texts together: 10 to 20 ms. A text of so many mostly has more features than one may have, and one that has not says the same again and again.
 * How many all values of a call may have, its body bounds.
 */
const MAX_WORDS = 2 ** 16;

/** Most words and pairs of a text that are joined with other features by the learner `auto`: of a context, and of an action, which is joined with itself, too. */
const MOST_JOINED = 1024;
const MOST_JOINED_ACTION = 64;

/** The kind (numeric.ts) of what is joined with categories and with others of its kind, in rank models with `auto`. */
const OF_WORDS = 4 << KIND;
const LOW = 2 ** KIND - 1;

/**
 * Words of a text and pairs of words that follow each other, such as `free` and `free money`: each once, words first, in the order in which they come. A number is text, too; of a
 * list all texts, and no pair goes from one to the next. Null where there is no word.
 *
 * All of them are features: none is left out. What makes more than one may have (MAX_FEATURES) is refused, and says so, as all else with too many features. So is a value of more than MAX_WORDS words,
 * different or not: each is a feature then as often as it comes.
 */
export function textFeature({ path }: { path: string }): CallFeature {
  const read = reader(path);
  const known = new Map<unknown, string[] | null>();
  return (data) => {
    const value = read(data);
    let words = known.get(value);
    if (words === undefined) {
      words = wordsAndPairs(value);
      if (typeof value === "string" && value.length <= MOST_CHARACTERS) {
        if (known.size >= MOST_TEXTS) known.clear();
        known.set(value, words);
      }
    }
    return words;
  };
}

function wordsAndPairs(value: unknown): string[] | null {
  const all = (Array.isArray(value) ? value : [value]).flatMap((one: unknown) =>
    typeof one === "string" || typeof one === "number" ? [wordsOf(String(one))] : [],
  );
  const every = all.flat();
  if (every.length > MAX_WORDS) return every;
  const found = new Set(every);
  for (const words of all) for (let i = 1; i < words.length; i++) found.add(`${words[i - 1]} ${words[i]}`);
  return found.size === 0 ? null : [...found];
}

/**
 * Hashes words and pairs as categories of the feature. With the learner `auto` they stand alone in models that predict, since every word joined with every other says little and costs
 * much; in models that rank they are joined, up to MOST_JOINED of them, as without that the text of a context could not decide which action is best. Other learners join what the spec says.
 */
export class TextFeature implements PushedFeature {
  readonly #source: Pick<FeaturePart, "namespace" | "name">;
  readonly #index: number;
  readonly #isTreated: boolean;
  readonly #most: number;

  constructor(namespace: Namespace, name: string, treatment: Treatment) {
    this.#source = { namespace, name };
    // As hashNamespace: with that, the part of the client that pages load first would export one thing more.
    this.#index = hashFeature(name, hashFeature(namespace, 0));
    this.#isTreated = treatment !== "none";
    this.#most = namespace === "action" ? MOST_JOINED_ACTION : MOST_JOINED;
  }

  push(value: FeatureValue | undefined, into: JoinableFeatures): void {
    if (!Array.isArray(value)) return;
    const isJoined = !this.#isTreated || (into.ranked && value.length <= this.#most);
    const section = isJoined ? into.joined : into.linear;
    for (const word of value) section.push((hashFeature(String(word), this.#index) & LOW) | OF_WORDS, 1);
    section.parts?.add(this.#source, value, section);
  }
}
