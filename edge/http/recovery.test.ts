import { describe, expect, test } from "vitest";
import { defineModel, rank } from "../../shared/contract/define.ts";
import { problem } from "../../shared/contract/problem.ts";
import { putBack } from "../storage/put-back.ts";
import { deployed, send } from "../testing/edge.ts";

const recover = (body: unknown) => send("POST", "/v1/recoveries", body);
const refused = async (body: unknown) => {
  const response = await recover(body);
  const answer = problem.parse(await response.json());
  expect(answer.status).toBe(response.status);
  return answer;
};

describe("a recovery", () => {
  test("is of a part that there is, and of a moment that is kept", async () => {
    const at = Date.now() - 60_000;
    for (const part of ["partition 99", "disk", "trainer nobody@1", "trainer nobody", "channel 0"])
      expect(await refused({ part, at })).toMatchObject({ status: 404, errors: [{ field: "body.part" }] });
    const wrong = [{}, { at, bookmark: "b" }, { at: Date.now() + 60_000 }, { at: at - 31 * 24 * 3_600_000 }];
    for (const past of wrong)
      expect(await refused({ part: "registry", ...past })).toMatchObject({
        status: 400,
        errors: [{ field: "body.at" }],
      });
  });

  test("is refused, and changes nothing, where the storage keeps no past, as on one machine", async () => {
    const reward = { wait: "1m", default: 0, aggregate: "first" } as const;
    await deployed(defineModel({ name: "put-back", task: rank(), features: {}, reward }));
    for (const part of ["partition 2", "registry", "trainer put-back@1"]) {
      const { status, detail } = await refused({ part, at: Date.now() - 60_000 });
      expect([status, detail]).toEqual([409, expect.stringContaining("body.part cannot be put back (")]);
    }
    expect((await send("POST", "/v1/models/put-back/rank", { unit: "u", actions: [{ id: "a" }] })).status).toBe(201);
  });

  // The runtime here has no such storage: what is asked of it, and when the object ends, a stand-in tells.
  test("asks for the moment, answers with the way back, and ends the object then", async () => {
    const asked: unknown[] = [];
    const background: Promise<unknown>[] = [];
    const storage = {
      getBookmarkForTime: async (at: number) => `of ${at}`,
      onNextSessionRestoreBookmark: async (bookmark: string) => {
        asked.push(bookmark);
        return "now";
      },
    };
    const ctx = {
      storage,
      waitUntil: (work: Promise<unknown>) => void background.push(work),
      abort: () => void asked.push("ended"),
    } as unknown as DurableObjectState;
    expect(await putBack(ctx, { at: 17 })).toEqual({ undo: "now" });
    expect(asked).toEqual(["of 17"]);
    await Promise.all(background);
    expect(asked).toEqual(["of 17", "ended"]);
    expect(await putBack(ctx, { bookmark: "now" })).toEqual({ undo: "now" });
    expect(asked.at(-1)).toBe("now");
  });
});
