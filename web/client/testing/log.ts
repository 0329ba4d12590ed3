import { inject } from "vitest";
import type { DecisionRecord } from "../../../shared/contract/record.ts";

/** A row of the log as GET /v1/log hands it out. */
export type LogRow = {
  kind: "decision" | "feedback" | "activation";
  id: string;
  model: string | null;
  /** Of a decision; else null. */
  record: DecisionRecord | null;
  value: number | null;
  final: boolean | null;
};

/** What the edge has taken, all partitions one after the other. */
export async function logRows({ model }: { model?: string } = {}): Promise<LogRow[]> {
  throw new Error(`not yet ${model} ${inject("edge")}`);
}
