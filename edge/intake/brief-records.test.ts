import { env } from "cloudflare:workers";
import { beforeAll, describe, expect, test } from "vitest";
import type { BatchResponse } from "../../shared/contract/envelope.ts";
import type { RankDecision } from "../../shared/contract/record.ts";
import { partitionOf } from "../log/route.ts";
import { sha256Hex } from "../storage/artifacts.ts";
import { deployed, send } from "../testing/edge.ts";
import { rankModel } from "../testing/models.ts";
import { rankRecord } from "../testing/records.ts";

const films = rankModel();
const others = rankModel();
beforeAll(() => deployed(films, others));

const hashOf = (list: unknown): Promise<string> => sha256Hex(new TextEncoder().encode(JSON.stringify(list)));
const answer = async (more: object): Promise<BatchResponse> => {
  const response = await send("POST", "/v1/batch", { format: 3, sentAt: Date.now(), ...more });
  expect(response.status).toBe(200);
  return response.json();
};
const storedBy = (id: string): Promise<string | null> =>
  env.PARTITION.getByName(partitionOf(id, Number(env.PARTITIONS))).decision(id);
let lists = 0;
/** A decision whose list no other test has. */
function decided(id: string, model = films.name, list = ++lists): RankDecision {
  const record = rankRecord(model, id, Date.now());
  return { ...record, actions: record.actions.map((action) => ({ ...action, id: `${action.id}-${list}` })) };
}
const naming = (record: RankDecision, actions: string) => ({ ...record, actions });

describe("a batch that names a list of actions by its hash", () => {
  test("is asked for the list once, and from then on it is known", async () => {
    const record = decided("named.1");
    const hash = await hashOf(record.actions);
    const unknown = await answer({ decisions: [naming(record, hash)] });
    expect(unknown).toMatchObject({ accepted: 0, rejected: [], wanted: [hash] });
    expect(unknown.unread).toEqual([
      { list: "decisions", index: 0, id: "named.1", problem: expect.stringContaining("not known"), retryAfter: 0 },
    ]);
    expect(await storedBy("named.1")).toBeNull();
    const taken = { accepted: 1, duplicates: 0, rejected: [], unread: [] };
    const along = { actionLists: { [hash]: record.actions } };
    expect(await answer({ decisions: [naming(record, hash)], ...along })).toEqual(taken);
    // The log has what it would have if it had been sent as it is, to the letter.
    expect(await storedBy("named.1")).toBe(JSON.stringify(record));
    const next = decided("named.2", films.name, lists);
    expect(await answer({ decisions: [naming(next, hash)] })).toEqual(taken);
    expect(await storedBy("named.2")).toBe(JSON.stringify(next));
    expect(await answer({ decisions: [record, naming(record, hash)] })).toMatchObject({ accepted: 0, duplicates: 2 });
  });

  test("is known of the model for which it was sent alone", async () => {
    const record = decided("scoped.1");
    const hash = await hashOf(record.actions);
    await answer({ decisions: [naming(record, hash)], actionLists: { [hash]: record.actions } });
    const foreign = decided("scoped.2", others.name, lists);
    expect(await answer({ decisions: [naming(foreign, hash)] })).toMatchObject({ accepted: 0, wanted: [hash] });
  });

  test("is not known by a decision that was not taken", async () => {
    const record = { ...decided("untaken.1"), snapshot: 77 };
    const hash = await hashOf(record.actions);
    const along = { actionLists: { [hash]: record.actions } };
    expect((await answer({ decisions: [naming(record, hash)], ...along })).rejected).toHaveLength(1);
    expect(await answer({ decisions: [naming(record, hash)] })).toMatchObject({ wanted: [hash] });
  });

  test("is refused for good when what comes along is another list, and says which", async () => {
    const record = decided("wrong.1");
    const [hash, wrong] = [await hashOf(record.actions), await hashOf("wrong")];
    const { rejected, wanted } = await answer({
      decisions: [naming(record, wrong)],
      actionLists: { [wrong]: record.actions },
    });
    expect(rejected).toMatchObject([{ id: "wrong.1", problem: expect.stringContaining(hash) }]);
    expect(wanted).toBeUndefined();
  });

  test("may tell as many lists as it may have items", async () => {
    const lists = (n: number) =>
      Object.fromEntries(Array.from({ length: n }, (_, i) => [i.toString(16).padStart(64, "0"), [{ id: "a" }]]));
    const status = async (n: number) => {
      const body = { format: 3, sentAt: Date.now(), actionLists: lists(n) };
      const response = await send("POST", "/v1/batch", body);
      await response.body?.cancel();
      return response.status;
    };
    expect([await status(500), await status(501)]).toEqual([200, 400]);
  });

  test("has no more actions in all than a batch that has them itself: the others come again", async () => {
    const features = { text: "x".repeat(1000) };
    const actions = Array.from({ length: 400 }, (_, i) => ({ id: `${i}`, features }));
    const hash = await hashOf(actions);
    const decisions = ["many.1", "many.2", "many.3", "many.4"].map((id) => naming(decided(id), hash));
    const { unread, wanted, rejected } = await answer({ decisions, actionLists: { [hash]: actions } });
    expect(unread.map(({ index, retryAfter }) => [index, retryAfter])).toEqual([
      [2, 1],
      [3, 1],
    ]);
    expect(rejected).toHaveLength(2);
    expect(wanted).toBeUndefined();
  });
});

describe("a record without scores and probabilities", () => {
  const brief = ({ scores: _, probabilities, ...rest }: RankDecision, change: object = {}) => ({
    ...rest,
    propensity: probabilities[rest.chosen],
    ...change,
  });

  test("is logged whole, and is the same decision as the whole one", async () => {
    const record = decided("brief.1");
    expect(await answer({ decisions: [brief(record)] })).toMatchObject({ accepted: 1, rejected: [] });
    expect(JSON.parse((await storedBy("brief.1"))!)).toEqual(record);
    expect(await answer({ decisions: [record, brief(record)] })).toMatchObject({ accepted: 0, duplicates: 2 });
    const hash = await hashOf(record.actions);
    const named = { decisions: [{ ...brief(record), actions: hash }], actionLists: { [hash]: record.actions } };
    expect(await answer(named)).toMatchObject({ accepted: 0, duplicates: 1 });
  });

  test.each([
    ["another propensity", { propensity: 0.123 }, /propensity is not what/],
    ["another choice", { chosen: 1, propensity: 0.5 }, /(chosen|propensity) is not what/],
    ["a choice that is none", { chosen: 17 }, /chosen must be the index/],
    ["no propensity", { propensity: undefined }, /scores/],
    ["a propensity that is none", { propensity: "1" }, /scores/],
    ["no version", { version: 0, snapshot: 0 }, /scores/],
  ])("is refused with %s, and becomes a letter as it came", async (name, change, reason) => {
    const id = `brief-${name.replaceAll(" ", "-")}.1`;
    const record = decided(id);
    // The choice that was made is the first of two, or the second.
    const other = "chosen" in change && change.chosen === 1 ? { ...change, chosen: 1 - record.chosen } : change;
    const sent = brief(record, other);
    const { accepted, rejected } = await answer({ decisions: [sent] });
    expect(accepted).toBe(0);
    expect(rejected).toMatchObject([{ id, problem: expect.stringMatching(reason) }]);
    const partition = env.PARTITION.getByName(partitionOf(id, Number(env.PARTITIONS)));
    const { letters } = await partition.letters({ after: 0, limit: 1000, reason: null });
    expect(letters.find((letter) => letter.id === id)!.body).toBe(JSON.stringify(sent));
  });
});

describe("a call that names its list of actions", () => {
  const rank = (body: object) => send("POST", `/v1/models/${films.name}/rank`, { unit: "ada", ...body });

  test("is told when the list is not known here, and answered as if it had it when it is", async () => {
    const { actions } = decided("call.1");
    const hash = await hashOf(actions);
    const unknown = await rank({ actions: hash });
    expect(unknown.status).toBe(422);
    expect(await unknown.json()).toMatchObject({ errors: [{ field: "body.actions" }] });
    const told = await rank({ actions: hash, actionLists: { [hash]: actions } });
    expect(told.status).toBe(201);
    const known = await rank({ id: "call.2", actions: hash });
    expect(known.status).toBe(201);
    const { ranking } = (await known.json()) as { ranking: { id: string }[] };
    expect(new Set(ranking.map(({ id }) => id))).toEqual(new Set(actions.map(({ id }) => id)));
    // By the same id with the list itself it is the same call.
    expect((await rank({ id: "call.2", actions })).status).toBe(201);
  });

  test.each([
    ["another list", [{ id: "a" }], true],
    ["no list of actions", [{ id: 7 }], false],
  ])("is refused with 400 when what comes along is %s", async (_, list, isOther) => {
    const hash = await hashOf(isOther ? "another" : list);
    const response = await rank({ actions: hash, actionLists: { [hash]: list } });
    expect(response.status).toBe(400);
    const { errors } = (await response.json()) as { errors: { field: string }[] };
    expect(errors[0]!.field).toBe(isOther ? "body.actions" : `body.actionLists.${hash}[0].id`);
  });
});
