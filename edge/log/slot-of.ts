import { MAX_SLOTS } from "../../shared/contract/limits.ts";
import type { RankDecision } from "../../shared/contract/record.ts";
import { slotId } from "../../shared/decide/slot-id.ts";
import type { Log } from "./log.ts";

/**
 * The id of the decision that put an action into a slot of a list; null: none did.
 * @param id of the list's call, which is that of its first slot's decision.
 */
export function slotOf(log: Pick<Log, "record">, id: string, action: string): string | null {
  for (let slot = 0; slot < MAX_SLOTS; slot++) {
    const record = log.record(slotId(id, slot));
    // Each place is checked for itself, and may come later or never.
    if (record === null) continue;
    const { actions, chosen } = JSON.parse(record) as Partial<Pick<RankDecision, "actions" | "chosen">>;
    if (actions?.[chosen!]?.id === action) return slotId(id, slot);
  }
  return null;
}
