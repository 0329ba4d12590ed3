import { canonicalJson } from "../shared/contract/canonical.ts";
import type { ActivationRecord, DecisionRecord, FeedbackRecord, RankDecision } from "../shared/contract/record.ts";
import { UNITS, unitNamed } from "./records.ts";

/** A record in the words of the log: two have one key if the log takes them for one. */
export const decisionKey = ({ id }: Pick<DecisionRecord, "id">): string => `decision ${id}`;
export const feedbackKey = ({ id, at, value, final }: Pick<FeedbackRecord, "id" | "at" | "value" | "final">): string =>
  `feedback ${id} ${at ?? "-"} ${value} ${final === true}`;
export const activationKey = ({ id }: Pick<ActivationRecord, "id">): string => `activation ${id}`;

/** What was sent, and of what somebody was told that it is kept. */
export class Ledger {
  /** Of each decision: for whom it was made, when, ms since the epoch, and its record as canonical JSON. */
  readonly decisions = new Map<string, { unit: string; at: number; record: string }>();
  /** Units that somebody has asked to have erased. */
  readonly erased = new Set<string>();
  /** What was made until then may be gone, in that very millisecond, too: its retention is over. ms since the epoch. */
  pastUntil = 0;
  readonly sent = new Set<string>();
  readonly acknowledged = new Set<string>();
  /** Refused, and why: those who sent it were told. */
  readonly refused = new Map<string, string>();
  /** Versions whose deployment was acknowledged. */
  readonly deployed = new Set<number>();

  decided(record: DecisionRecord): void {
    const { id, unit, at } = record;
    this.decisions.set(id, { unit, at, record: canonicalJson(record) });
  }

  /** The record of a decision that came with all of it, or without what follows from the rest. */
  whole(record: DecisionRecord): DecisionRecord {
    if (!("propensity" in record)) return record;
    const { propensity: _, ...brief } = record;
    const { scores, probabilities } = JSON.parse(this.decisions.get(record.id)!.record) as RankDecision;
    return { ...brief, scores, probabilities } as RankDecision;
  }

  /** Somebody who is served from now on: nobody who asked to be erased. */
  drawUnit(draw: () => number): string {
    const units = Array.from({ length: UNITS }, (_, n) => unitNamed(n)).filter((unit) => !this.erased.has(unit));
    return units[Math.floor(draw() * units.length)]!;
  }

  /** Whether what is of a decision may be gone: its unit was erased, or its retention is over. */
  mayBeGone(id: string): boolean {
    const decision = this.decisions.get(id);
    return decision !== undefined && (this.erased.has(decision.unit) || decision.at <= this.pastUntil);
  }
}
