import { filmById } from "../../models/home-hero/films.ts";
import type { FeaturePart } from "../../shared/contract/calls.ts";

/**
 * What a contribution to a film's score was made from, in a visitor's words: `drama, in the evening`.
 * @param parts of one contribution of an explanation.
 */
export const reasonText = (parts: readonly FeaturePart[]): string => {
  const words = [...new Set(parts.map(partWords))].join(", ");
  return words.charAt(0).toUpperCase() + words.slice(1);
};

type Value = FeaturePart["value"];
type Words = (value: Value) => string;

/** Words for each feature of `models/home-hero/spec.ts`; it is compiled against no spec, so what is not here is named as it is. */
const words: Readonly<Record<string, Words>> = {
  "action.item": (value) => `“${filmById(String(value)).title}” itself`,
  "action.genre": (value) => String(value),
  "action.decade": (value) => decades[String(value)] ?? "its age",
  "context.device": (value) => devices[String(value)] ?? `on ${value}`,
  "context.daypart": (value) => dayparts[String(value)] ?? String(value),
  "session.genres": (value) => `after you opened ${value}`,
  "graph.similarity": (value) => (Number(value) >= 0 ? "like what you open" : "unlike what you open"),
  "graph.novelty": (value) => (Number(value) >= 0.5 ? "unlike what you just saw" : "like what you just saw"),
};

const decades: Readonly<Record<string, string>> = {
  b0: "made before 1990",
  b1: "of the 1990s",
  b2: "of the 2000s",
  b3: "of the 2010s",
  b4: "a new film",
};
const devices: Readonly<Record<string, string>> = {
  phone: "on a phone",
  tablet: "on a tablet",
  desktop: "on a computer",
  tv: "on a television",
};
const dayparts: Readonly<Record<string, string>> = {
  morning: "in the morning",
  afternoon: "in the afternoon",
  evening: "in the evening",
  night: "at night",
};

function partWords({ namespace, name, value }: FeaturePart): string {
  if (namespace === "constant") return "any film";
  const known = words[`${namespace}.${name}`];
  return known ? known(value) : `${name} ${value}`;
}
