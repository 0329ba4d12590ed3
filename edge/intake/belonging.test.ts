import { createExecutionContext } from "cloudflare:test";
import { env } from "cloudflare:workers";
import { beforeAll, describe, expect, test } from "vitest";
import { MAX_SESSIONS } from "../../shared/contract/limits.ts";
import { deployed, fetchEdge, send } from "../testing/edge.ts";
import { rankModel } from "../testing/models.ts";
import { rankRecord } from "../testing/records.ts";
import { decisionIdOf, ownItems, requireOwn } from "./belonging.ts";
import { type Caller, OPEN } from "./caller.ts";
import { LoggedProperties } from "./logged-properties.ts";
import { currentDirectory } from "./served-models.ts";
import { activationItem, decisionItem, feedbackItem } from "./sort.ts";

const films = rankModel();
beforeAll(() => deployed(films));

const STRANGER: Caller = { id: "pk_test", kind: "publishable", models: null, rate: null, network: null };
const background = createExecutionContext();
const issued = async (count = 1): Promise<string[]> => {
  const response = await send("POST", "/v1/sessions", { count });
  expect(response.status).toBe(201);
  return ((await response.json()) as { sessions: string[] }).sessions;
};

describe("sessions", () => {
  test("are issued by the edge, as many as are asked for", async () => {
    const sessions = await issued(MAX_SESSIONS);
    expect(new Set(sessions).size).toBe(MAX_SESSIONS);
    for (const session of sessions) expect(session).toMatch(/^[\w-]{40}$/);
    // A page of before asks for nothing in particular, and reads one.
    const one = (await (await fetchEdge("/v1/sessions", { method: "POST" })).json()) as { session: string };
    expect(one).toEqual({ session: expect.stringMatching(/^[\w-]{40}$/), sessions: [one.session] });
    for (const count of [0, MAX_SESSIONS + 1, 1.5, "2"])
      expect((await send("POST", "/v1/sessions", { count })).status).toBe(400);
  });
});

/** What becomes of one decision, one feedback and one activation by an id. */
async function become(id: string, caller: Caller, session?: string) {
  const at = Date.now();
  const clocks = { sentAt: at, receivedAt: at };
  const lists = {
    decisions: [{ ...rankRecord(films.name, id, at), ...(session !== undefined && { session }) }],
    feedback: [{ format: 2, id, value: 1, at }],
    activations: [{ format: 2, id, at }],
  };
  const directory = await currentDirectory(env, background);
  const reads = await LoggedProperties.of(env, directory, [films.name]);
  const items = [
    decisionItem(lists.decisions[0], 0, clocks, { ...directory, isNewest: true }, { reads, caller }),
    feedbackItem(lists.feedback[0], 0, clocks),
    activationItem(lists.activations[0], 0, clocks),
  ];
  const own = await ownItems(env, background, items, lists, caller);
  return own.map((item) => {
    if (!("unusable" in item)) return "taken";
    // It is kept as it came.
    expect(JSON.parse(item.unusable.body)).toEqual(lists[item.list][0]);
    return item.unusable.reason.split(" ").slice(0, 3).join(" ");
  });
}

describe("what a batch says", () => {
  test("is taken of a session that the edge issued, from whomever", async () => {
    const [session] = await issued();
    for (const caller of [OPEN, STRANGER]) {
      expect(await become(`${session}.0`, caller)).toEqual(["taken", "taken", "taken"]);
      expect(await become(`${session}.3.2`, caller, session)).toEqual(["taken", "taken", "taken"]);
    }
  });

  test("is set aside when it is of no such session and the sender may be a stranger", async () => {
    const [session] = await issued();
    const forged = `${session!.slice(0, -1)}${session!.endsWith("A") ? "B" : "A"}`;
    for (const id of ["order-1001", "visit-7.1", "local-0123456789abcdef.0", `${forged}.0`, `x${session}.0`]) {
      expect(await become(id, OPEN), id).toEqual(["taken", "taken", "taken"]);
      expect(await become(id, STRANGER), id).toEqual(["id is of", "id is of", "id is of"]);
    }
  });

  test("of an issued session has the ids that it draws by, and its own name", async () => {
    const [session, other] = await issued(2);
    for (const caller of [OPEN, STRANGER]) {
      for (const id of [
        session!,
        `${session}.again`,
        `${session}.007`,
        `${session}.1.0`,
        `${session}.${crypto.randomUUID()}`,
      ])
        expect(await become(id, caller), id).toEqual(["id must be", "taken", "taken"]);
      expect(await become(`${session}.0`, caller, other)).toEqual(["session must be", "taken", "taken"]);
    }
  });
});

describe("an id of a call to the edge", () => {
  const idOf = (call: { id?: string; session?: string }, caller: Caller) =>
    decisionIdOf(env, background, call, caller).then(
      ({ id }) => id,
      (error) => `${error.status} ${error.errors[0].field}`,
    );

  test("must lie in a session that the edge issued, when the caller may be a stranger", async () => {
    const [session, other] = await issued(2);
    const forged = `${"A".repeat(40)}.0`;
    for (const [call, ofStranger, ofTrusted] of [
      [{ id: "order-1001" }, "403 body.id", "order-1001"],
      [{ id: forged }, "403 body.id", forged],
      [{ session: "visit-7" }, "403 body.session", /^visit-7\.[0-9a-f-]{36}$/],
      [{ id: "visit-7.1", session: "visit-7" }, "403 body.id", "visit-7.1"],
      [{}, /^[\w-]{40}\.0$/, /^[\w-]{40}\.0$/],
      [{ session }, /^[\w-]{40}\.[0-9a-f-]{36}$/, /^[\w-]{40}\.[0-9a-f-]{36}$/],
      [{ id: `${session}.4` }, `${session}.4`, `${session}.4`],
      [{ id: `${session}.4`, session }, `${session}.4`, `${session}.4`],
      [{ id: `${session}.4`, session: other }, "422 body.session", "422 body.session"],
      [{ id: `${session}.mine`, session }, "422 body.id", "422 body.id"],
    ] as [{ id?: string; session?: string }, string | RegExp, string | RegExp][]) {
      expect(await idOf(call, STRANGER), JSON.stringify(call)).toMatch(ofStranger);
      expect(await idOf(call, OPEN), JSON.stringify(call)).toMatch(ofTrusted);
    }
  });

  test("that the edge makes without a session is one that feedback may be given for by anybody who was told it", async () => {
    const id = await idOf({}, STRANGER);
    await requireOwn(env, background, id, STRANGER);
    await expect(requireOwn(env, background, "order-1001", STRANGER)).rejects.toMatchObject({ status: 403 });
    await requireOwn(env, background, "order-1001", OPEN);
  });

  test("is refused over HTTP, saying which field is wrong", async () => {
    const [session] = await issued();
    const call = { id: `${session}.mine`, unit: "v", actions: [{ id: "a" }] };
    const response = await send("POST", `/v1/models/${films.name}/rank`, call);
    expect([response.status, await response.json()]).toMatchObject([422, { errors: [{ field: "body.id" }] }]);
  });
});
