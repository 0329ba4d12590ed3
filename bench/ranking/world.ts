import type { ModelSpecInput } from "../../shared/contract/spec.ts";
import type { Properties } from "../../shared/contract/values.ts";
import type { Source } from "../source.ts";

/** One decision of a world whose truth is known. */
export type Round = {
  context: Properties;
  actions: readonly { id: string; features: Properties }[];
  /** Expected reward of each action, 0 to 1: rewards are 0 or 1. */
  expected: Float64Array;
  /** What references see: the visitor's numbers, made by hand as they would wish; and each action's. */
  visitor: readonly number[];
  offered: readonly (readonly number[])[];
};

/** A stream of decisions. */
export type Stream = { next(): Round };

/** What its rows in the table ask. */
export type Question =
  /** Of the way from uniform to best expected reward: cumulative, at these numbers of decisions. */
  | { kind: "share"; at: readonly number[] }
  /** How often the greedy choice is the best, of fresh decisions after so many. */
  | { kind: "greedy"; after: number }
  /** Mean reward so far, after so many. */
  | { kind: "accuracy"; at: readonly number[] }
  /** Regret of a decision soon after an action came, over that long after. Lower is better. */
  | { kind: "cold"; every: number; cold: number; until: number };

export type World = {
  name: string;
  /** Features of the spec, as an author writes them who sets nothing else. */
  features: ModelSpecInput["features"];
  question: Question;
  /** Whether actions differ by more than their ids: then references can share what they learn between them. */
  shared: boolean;
  stream(source: Source): Stream;
};
