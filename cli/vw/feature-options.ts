import { UsageError } from "../command.ts";
import type { GivenOptions } from "./given-options.ts";
import type { Hashing } from "./hashing.ts";
import type { Interaction, InteractionRules } from "./interactions.ts";

/** Which features an example has besides those that its line says. */
export type FeatureOptions = {
  constant: boolean;
  interactions: readonly Interaction[];
  rules: InteractionRules;
  /** 1 where a slot's features are left out (`--ignore`, `--keep`); null: nowhere. */
  ignored: Uint8Array | null;
  /** 1 where they are left out but for interactions (`--ignore_linear`). */
  onlyInteracting: Uint8Array | null;
  /** How many features in a row make another, by slot (`--ngram`), and how many may be left out between them (`--skips`). */
  grams: Uint8Array | null;
  skips: Uint8Array | null;
};

const SLOTS = 256;
/** Longer rows of features, or interactions of more, make more features than anybody has time for. */
const MOST_GRAMS = 32;

/** @throws UsageError naming an option that has no such value. */
export function readFeatures(given: GivenOptions): FeatureOptions {
  const [grams, skips] = [perSlot(given, "ngram"), perSlot(given, "skips")];
  if (skips !== null && grams === null) throw new UsageError("--skips needs --ngram.");
  return {
    constant: !given.has("noconstant"),
    interactions: [
      ...interactions(given, "quadratic", 2),
      ...interactions(given, "cubic", 3),
      ...interactions(given, "interactions", null),
    ],
    rules: { keepDuplicates: given.has("leave_duplicate_interactions"), permutations: given.has("permutations") },
    ignored: ignored(given),
    onlyInteracting: flags(given.all("ignore_linear"), 0),
    grams,
    skips,
  };
}

export function readHashing(given: GivenOptions): Hashing {
  return {
    seed: given.whole("hash_seed", 0, 2 ** 32 - 1) ?? 0,
    all: given.oneOf("hash", ["strings", "all"]) === "all",
  };
}

/** A slot's name as it is written: its bytes, or `\x20`. */
const bytesOf = (text: string): Buffer =>
  Buffer.from(
    text.replace(/\\x([0-9a-f]{2})/gi, (_, hex: string) => String.fromCharCode(Number.parseInt(hex, 16))),
    "latin1",
  );

function interactions(given: GivenOptions, name: string, length: number | null): Interaction[] {
  return given.all(name).map((text) => {
    const bytes = bytesOf(text);
    if (length === null ? bytes.length < 2 : bytes.length !== length)
      throw new UsageError(
        `--${name} takes the first letters of ${length === null ? "at least two" : length === 2 ? "two" : "three"} namespaces, not ${JSON.stringify(text)}.`,
      );
    return [...bytes];
  });
}

function ignored(given: GivenOptions): Uint8Array | null {
  const kept = flags(given.all("keep"), 1);
  return kept ?? flags(given.all("ignore"), 0);
}

/** 1 for the slots named, or for all others. */
function flags(names: readonly string[], others: 0 | 1): Uint8Array | null {
  if (names.length === 0) return null;
  const result = new Uint8Array(SLOTS).fill(others);
  for (const name of names) for (const slot of bytesOf(name)) result[slot] = 1 - others;
  return result;
}

/** `2` for all slots, `a2` for one. */
function perSlot(given: GivenOptions, name: string): Uint8Array | null {
  const texts = given.all(name);
  if (texts.length === 0) return null;
  const result = new Uint8Array(SLOTS);
  for (const text of texts) {
    const [, slot, digits] = /^(\D?)(\d+)$/s.exec(text) ?? [];
    const count = Number(digits);
    if (slot === undefined || count > MOST_GRAMS)
      throw new UsageError(
        `--${name} takes a whole number up to ${MOST_GRAMS}, perhaps after a namespace's first letter, not ${JSON.stringify(text)}.`,
      );
    if (slot === "") result.fill(count);
    else result[bytesOf(slot)[0]!] = count;
  }
  return result;
}
