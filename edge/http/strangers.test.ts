import { env } from "cloudflare:workers";
import { beforeAll, expect, test, vi } from "vitest";
import type { BatchResponse } from "../../shared/contract/envelope.ts";
import { DRAW_PATIENCE, DRAW_RETRY } from "../log/limits.ts";
import { partitionOf } from "../log/route.ts";
import { deployed, send } from "../testing/edge.ts";
import { rankModel } from "../testing/models.ts";
import { rankRecord } from "../testing/records.ts";
import { SESSION_RATE } from "./limits.ts";

/** What somebody can do who has the key that stands in the pages, and guesses the ids by which a server calls. */

const films = rankModel();
const rankPath = `/v1/models/${films.name}/rank`;
const actions = [{ id: "a" }, { id: "b" }];
const statistics = (id: string) => env.PARTITION.getByName(partitionOf(id, Number(env.PARTITIONS))).statistics();

type Ask = (method: string, path: string, body: unknown) => Promise<Response>;
let server: Ask;
let stranger: Ask;

beforeAll(async () => {
  await deployed(films);
  const key = async (ask: Ask, body: object) =>
    ((await (await ask("POST", "/v1/keys", body)).json()) as { key: string }).key;
  const secret = await key(send, { kind: "secret" });
  server = (method, path, body) => send(method, path, body, { authorization: `Bearer ${secret}` });
  const origin = "https://shop.example.com";
  const publishable = await key(server, { kind: "publishable", origins: [origin] });
  stranger = (method, path, body) => send(method, path, body, { authorization: `Bearer ${publishable}`, origin });
});

const batch = async (ask: Ask, lists: object): Promise<BatchResponse> => {
  const response = await ask("POST", "/v1/batch", { format: 2, sentAt: Date.now(), ...lists });
  expect(response.status).toBe(200);
  return response.json();
};
const problem = async (response: Response) => {
  const { errors } = (await response.json()) as { errors: { field: string }[] };
  return [response.status, ...errors.map(({ field }) => field)];
};

test("a server's id cannot be taken before it is used, nor read, nor fed back to afterwards", async () => {
  const at = Date.now();
  const before = await statistics("order-1001");
  const claim = { ...rankRecord(films.name, "order-1001", at), unit: "owner", actions: [{ id: "a" }, { id: "b" }] };
  const early = await batch(stranger, {
    decisions: [claim],
    feedback: [{ format: 2, id: "order-1001", value: 1, at }],
    activations: [{ format: 2, id: "order-1001", at }],
  });
  expect(early.rejected.map(({ list, problem }) => [list, problem.slice(0, 15)])).toEqual([
    ["activations", "id is of a sess"],
    ["decisions", "id is of a sess"],
    ["feedback", "id is of a sess"],
  ]);
  expect(await problem(await stranger("POST", rankPath, { id: "order-1001", unit: "owner", actions }))).toEqual([
    403,
    "body.id",
  ]);
  // All of it is kept, and none of it is in the log.
  const { newest, deadLetters } = await statistics("order-1001");
  expect([newest, deadLetters]).toEqual([before.newest, before.deadLetters + 3]);

  const call = { id: "order-1001", unit: "owner", actions };
  const own = await server("POST", rankPath, call);
  expect(own.status).toBe(201);
  const decision = await own.json();
  expect(await problem(await stranger("POST", rankPath, call))).toEqual([403, "body.id"]);
  for (const path of ["feedback", "activation"]) {
    const body = path === "feedback" ? { value: 1 } : {};
    expect(await problem(await stranger("POST", `/v1/decisions/order-1001/${path}`, body))).toEqual([403, "path.id"]);
  }
  expect((await statistics("order-1001")).newest).toBe(newest + 1);
  expect(await (await server("POST", rankPath, call)).json()).toEqual(decision);
  expect((await server("POST", "/v1/decisions/order-1001/feedback", { value: 1 })).status).toBe(204);
});

test("a session that the edge issued is as good for a page as for a server, and an id of the edge's own can be fed back to", async () => {
  const at = Date.now();
  const { session } = (await (await stranger("POST", "/v1/sessions", {})).json()) as { session: string };
  const decision = { ...rankRecord(films.name, `${session}.0`, at), session };
  const feedback = [{ format: 2, id: `${session}.0`, value: 1, at }];
  expect(await batch(stranger, { decisions: [decision], feedback })).toMatchObject({ accepted: 2, rejected: [] });
  const ranked = await stranger("POST", rankPath, { id: `${session}.1`, session, unit: "visitor", actions });
  expect(ranked.status).toBe(201);
  // A server that renders the page lets the edge make the id, and hands it to the page.
  const rendered = await server("POST", rankPath, { unit: "visitor", actions });
  const { id } = (await rendered.json()) as { id: string };
  expect((await stranger("POST", `/v1/decisions/${id}/feedback`, { value: 1 })).status).toBe(204);
});

test("a page's own session, which it makes where it can have no other, is kept apart with all that is in it", async () => {
  const at = Date.now();
  const id = `local-${"0".repeat(32)}.0`;
  const decisions = [{ ...rankRecord(films.name, id, at) }];
  const answer = await batch(stranger, { decisions, feedback: [{ format: 2, id, value: 1, at }] });
  expect(answer).toMatchObject({ accepted: 0, rejected: [{ list: "decisions" }, { list: "feedback" }] });
  expect(await batch(server, { decisions })).toMatchObject({ accepted: 1, rejected: [] });
});

test("the numbers of a session cannot be tried out for one that chooses as wished", async () => {
  const { session } = (await (await stranger("POST", "/v1/sessions", {})).json()) as { session: string };
  const call = (n: number) => ({ id: `${session}.${n}`, session, unit: "visitor", actions });
  const claim = { ...rankRecord(films.name, `${session}.40`, Date.now()), session };
  const before = await statistics(session);
  const problem40 =
    "is number 40 of its session, of whose decisions up to number 40 40 would be missing: at most 26 may";
  // What is missing may be on its way; not for ever.
  expect(await batch(stranger, { decisions: [claim] })).toMatchObject({
    ...{ accepted: 0, rejected: [] },
    unread: [{ id: claim.id, problem: problem40, retryAfter: DRAW_RETRY }],
  });
  const clock = vi.spyOn(Date, "now").mockReturnValue(Date.now() + DRAW_PATIENCE + 1000);
  const answer = await batch(stranger, { decisions: [claim] }).finally(() => clock.mockRestore());
  expect(answer).toMatchObject({ accepted: 0, rejected: [{ id: claim.id, problem: problem40 }], unread: [] });
  expect(await statistics(session)).toMatchObject({ newest: before.newest, deadLetters: before.deadLetters + 1 });
  for (const ask of [stranger, server])
    expect(await problem(await ask("POST", rankPath, call(40)))).toEqual([422, "body.id"]);
  for (let n = 0; n < 14; n++) expect((await stranger("POST", rankPath, call(n))).status).toBe(201);
  expect(await batch(stranger, { decisions: [claim] })).toMatchObject({ accepted: 1, rejected: [] });
  // A list is of one number, and repeated like any call.
  const list = { ...call(41), slots: [{}, {}] };
  const listed = await (await stranger("POST", rankPath, list)).json();
  expect(await (await stranger("POST", rankPath, list)).json()).toEqual(listed);
  expect(await problem(await stranger("POST", rankPath, { ...call(42), id: `${session}.42.1` }))).toEqual([
    422,
    "body.id",
  ]);
});

test("what a stranger sent has a stranger's rights when an operator has it driven again", async () => {
  const at = Date.now();
  const id = "order-7001";
  const partition = partitionOf(id, Number(env.PARTITIONS));
  const claim = { ...rankRecord(films.name, id, at), unit: "owner", actions: [{ id: "a" }, { id: "b" }] };
  const items = { decisions: [claim], feedback: [{ format: 2, id, value: 1, at }] };
  expect((await batch(stranger, items)).rejected).toHaveLength(2);
  const lettersOf = async () => {
    const response = await server("GET", `/v1/dead-letters?partition=${partition}&limit=500`, undefined);
    const { letters } = (await response.json()) as {
      letters: { number: number; id: string; sender: { trusted: boolean } }[];
    };
    return letters.filter((letter) => letter.id === id);
  };
  const letters = await lettersOf();
  expect(letters.map(({ sender }) => sender)).toEqual([
    { models: null, trusted: false },
    { models: null, trusted: false },
  ]);
  const redriven = await server("POST", "/v1/dead-letters/redrive", {
    partition,
    numbers: letters.map(({ number }) => number),
  });
  const { taken, left } = (await redriven.json()) as { taken: number[]; left: { problem: string }[] };
  expect(taken).toEqual([]);
  expect(left.map(({ problem }) => problem.slice(0, 15))).toEqual(["id is of a sess", "id is of a sess"]);
  // The server's own may be what it likes.
  expect((await server("POST", rankPath, { id, unit: "owner", actions })).status).toBe(201);
});

test("nobody can use up the rate of a session that is not his", async () => {
  const at = Date.now();
  const feedback = Array.from({ length: 500 }, (_, i) => ({ format: 2, id: `visit-9.${i}`, value: 1, at }));
  for (let sent = 0; sent <= SESSION_RATE.burst; sent += 500)
    expect((await batch(stranger, { feedback })).rejected).toHaveLength(500);
  expect((await server("POST", rankPath, { session: "visit-9", unit: "owner", actions })).status).toBe(201);
  // And who says too much of one session is told so of that one.
  const loud = (n: number) => Array.from({ length: n }, (_, i) => ({ format: 2, id: `loud-9.${i}`, value: 1, at }));
  for (let sent = 0; sent < SESSION_RATE.burst; sent += 500) await batch(server, { feedback: loud(500) });
  const mixed = await batch(server, { feedback: [...loud(400), { format: 2, id: "quiet-9.0", value: 1, at }] });
  expect([mixed.accepted, mixed.unread.length]).toEqual([1, 400]);
  expect(mixed.unread[0]).toMatchObject({ id: "loud-9.0", retryAfter: expect.any(Number) });
});
