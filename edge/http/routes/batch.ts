import type { BatchResponse } from "../../../shared/contract/envelope.ts";
import { ENVELOPE_FORMAT, FormatError } from "../../../shared/contract/format.ts";
import { unreadItems } from "../../intake/sort.ts";
import { type Outcome, takeItems } from "../../intake/take-items.ts";
import { batchRoute } from "../api/decisions.ts";
import { jsonBody } from "../middleware/json-body.ts";
import { countSessions } from "../middleware/rates.ts";
import { router } from "../router.ts";

const itemLists = ["body.decisions", "body.feedback", "body.activations"];

type Told = BatchResponse["unread"][number];

export const batch = router().openapi(
  { ...batchRoute, middleware: jsonBody({ itemLists, beacons: true }) },
  async (c) => {
    const { format, sentAt, actionLists, ...lists } = c.req.valid("json");
    // What a newer envelope says of its items is not known here, so none of them is taken.
    if (format > ENVELOPE_FORMAT) {
      const { message: problem } = new FormatError("batch", format, ENVELOPE_FORMAT);
      const unread = unreadItems(lists, problem).map(({ list, index, id }) => ({
        unread: { list, index, id, problem },
      }));
      return c.json(summary(unread), 200);
    }
    const clocks = { sentAt, receivedAt: Date.now() };
    const caller = c.get("caller");
    const taken = await takeItems(c.env, c.executionCtx, {
      lists,
      actionLists,
      caller,
      clocks: () => clocks,
      keep: true,
      trace: c.get("span").carrier,
      countSessions,
    });
    return c.json(summary(taken.map(({ outcome }) => outcome)), 200);
  },
);

function summary(outcomes: Outcome[]): BatchResponse {
  const count = (status: Outcome) => outcomes.filter((outcome) => outcome === status).length;
  const wanted = new Set(outcomes.flatMap((o) => (typeof o === "object" && "wanted" in o ? [o.wanted!] : [])));
  const told = (items: Told[]) => items.sort((a, b) => a.list.localeCompare(b.list) || a.index - b.index);
  return {
    accepted: count("accepted"),
    duplicates: count("duplicate"),
    rejected: told(outcomes.flatMap((o) => (typeof o === "object" && "rejected" in o ? [o.rejected] : []))),
    unread: told(outcomes.flatMap((o) => (typeof o === "object" && "unread" in o ? [o.unread] : []))),
    ...(wanted.size > 0 && { wanted: [...wanted] }),
  };
}
