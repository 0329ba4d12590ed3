import { runInDurableObject } from "cloudflare:test";
import { env } from "cloudflare:workers";
import { expect, test, vi } from "vitest";
import type { RankDecision } from "../../shared/contract/record.ts";
import { MAX_BOUND_PARAMETERS, MAX_ROW_BYTES, MAX_RPC_BYTES } from "../storage/platform-limits.ts";
import { deployed, send } from "../testing/edge.ts";
import { rankModel } from "../testing/models.ts";
import { appendOf, incoming, incomingFeedback, rankRecord } from "../testing/records.ts";
import { Trained } from "../testing/training.ts";
import { DeadLetters } from "./dead-letters.ts";
import { LETTER_BYTES, LETTER_REASONS, LETTERS, LETTERS_BYTES, PULL_BYTES } from "./limits.ts";
import type { Partition } from "./partition.ts";
import { partitionOf } from "./route.ts";

const withSql = <T>(name: string, use: (sql: SqlStorage) => T): Promise<T> =>
  runInDurableObject(env.PARTITION.getByName(name), (_: Partition, { storage }) => use(storage.sql));

/** Watches what is bound to statements of all objects: workerd takes what the platform would not. */
async function watchBindings(): Promise<{ most: () => number; longest: () => number }> {
  const prototype = await withSql("0", (sql) => Object.getPrototypeOf(sql));
  const { exec } = prototype;
  let most = 0;
  let longest = 0;
  const utf8 = new TextEncoder();
  vi.spyOn(prototype, "exec").mockImplementation(function (this: unknown, ...args: unknown[]) {
    const [, ...bindings] = args;
    most = Math.max(most, bindings.length);
    const size = (value: unknown) => (typeof value === "string" ? utf8.encode(value).length : 8);
    longest = Math.max(
      longest,
      bindings.reduce((sum: number, value) => sum + size(value), 0),
    );
    return exec.apply(this, args);
  });
  return { most: () => most, longest: () => longest };
}

const id = (n: number) => `bounds.${n}`;
const where = partitionOf("bounds.1", Number(env.PARTITIONS));

test("no item of a batch makes a row or statement that the platform refuses, or holds up the others", async () => {
  const spec = rankModel();
  await deployed(spec);
  const bound = await watchBindings();
  const at = Date.now();
  const wide = Object.fromEntries(Array.from({ length: 60 }, (_, i) => [`n${i}`, Array(240).fill(1e20)]));
  const record = (n: number): RankDecision => rankRecord(spec.name, id(n), at);
  const actions = Array.from({ length: 2 }, (_, i) => ({ id: `${i}`, features: wide }));
  const odds = { scores: [0, 0], probabilities: [1, 0] };
  const decisions = [
    record(1),
    {
      ...record(2),
      actions: Array(8)
        .fill(actions[0])
        .map((action, i) => ({ ...action, id: `${i}` })),
    },
    { ...record(3), actions, ...odds, more: "é".repeat(60_000) },
    record(4),
    { junk: Array(15_000).fill(1e20) },
    record(5),
  ];
  const feedback = [1, 4, 5].map((n) => ({ id: id(n), value: 1, at }));
  const text = JSON.stringify({
    format: 2,
    sentAt: at,
    decisions,
    feedback: [...feedback, { ...feedback[0]!, x: wide }],
  });
  const response = await send("POST", "/v1/batch", text.replaceAll("100000000000000000000", "1e20"));
  expect(response.status).toBe(200);
  const { rejected } = (await response.json()) as { rejected: { list: string; index: number }[] };
  const healthy = rejected.filter(({ list, index }) => list === "feedback" || [0, 3, 5].includes(index));
  expect([healthy, rejected.length]).toEqual([[], expect.any(Number)]);
  expect(rejected.map(({ index }) => index)).toEqual(expect.arrayContaining([1, 4]));
  await expect.poll(new Trained(spec).examples, { timeout: 20_000 }).toBeGreaterThanOrEqual(3);
  expect(bound.longest()).toBeGreaterThan(100_000);
  expect(bound.longest()).toBeLessThan(MAX_ROW_BYTES);
  expect(bound.most()).toBeLessThanOrEqual(MAX_BOUND_PARAMETERS);
  // A slice or page: three bytes a character, and one record more than there is room for.
  expect(3 * PULL_BYTES + MAX_ROW_BYTES).toBeLessThan(MAX_RPC_BYTES);
  vi.restoreAllMocks();
});

const sender = { models: null, trusted: false };

test("of dead letters those of whoever has the most give way, and what a letter costs goes by its size", async () => {
  await withSql("senders", (sql) => {
    const letters = new DeadLetters(sql);
    const add = (n: number, body: string, models: string[] | null) =>
      letters.add({ list: "decisions", id: `${n}`, reason: "junk", body }, { models, trusted: false }, n);
    for (let n = 0; n < 100; n++) add(n, "an honest page's", ["shop"]);
    const large = "x".repeat(LETTER_BYTES - 100);
    const allocated = vi.spyOn(globalThis, "Uint8Array");
    for (let n = 100; n < 130; n++) add(n, `${n} ${large}`, ["blog"]);
    for (let n = 200; n < 200 + LETTERS; n++) add(n, "x", ["blog"]);
    expect((allocated.mock.calls as unknown[][]).filter(([bytes]) => Number(bytes) > 1000).length).toBeLessThanOrEqual(
      30,
    );
    vi.restoreAllMocks();
    const left = sql
      .exec<{ sender: string; n: number }>(
        "SELECT sender, count(*) AS n FROM dead_letters GROUP BY sender ORDER BY sender",
      )
      .toArray();
    expect(left.map(({ sender }) => JSON.parse(sender).models)).toEqual([["blog"], ["shop"]]);
    expect(left[1]!.n).toBe(100);
    expect(left[0]!.n).toBeGreaterThan(0.8 * LETTERS);
    // The same from another sender is another letter, with other rights.
    expect(add(5, "an honest page's", null)).toBe(true);
    expect(add(5, "an honest page's", null)).toBe(false);
  });
});

test("dead letters are bounded, in number and bytes; of the oldest there is left how many there were, and why", async () => {
  await withSql("letters", (sql) => {
    const letters = new DeadLetters(sql);
    const add = (n: number, reason: string, body: string) =>
      letters.add({ list: "decisions", id: null, reason, body: `${n} ${body}` }, sender, n);
    const kept = () =>
      sql
        .exec<{ n: number; bytes: number; longest: number }>(
          `SELECT count(*) AS n, ifnull(sum(length(CAST(body AS BLOB))), 0) AS bytes,
             max(length(CAST(body AS BLOB))) AS longest FROM dead_letters`,
        )
        .one();
    const past = () => sql.exec<{ reason: string; n: number }>("SELECT reason, n FROM past_letters").toArray();
    let sent = 0;
    for (; sent < 1.2 * LETTERS; sent++) expect(add(sent, sent % 2 ? "odd" : "even", "")).toBe(true);
    expect(kept().n).toBeLessThanOrEqual(LETTERS);
    expect(past().map(({ reason }) => reason)).toEqual(["even", "odd"]);
    // Sent again, what is kept is kept once.
    expect(add(sent - 1, "odd", "")).toBe(false);
    const long = "é\u{1f600}".repeat(LETTER_BYTES);
    for (let n = 0; n < (1.2 * LETTERS_BYTES) / LETTER_BYTES; n++, sent++) add(sent, `is long: ${n}`, long);
    expect(kept().bytes).toBeLessThanOrEqual(LETTERS_BYTES);
    expect(kept().longest).toBeLessThanOrEqual(LETTER_BYTES);
    for (let n = 0; n < 2 * LETTER_REASONS; n++, sent++) add(sent, `reason ${n}`, "");
    for (let n = 0; n < LETTERS; n++, sent++) add(sent, "other", "");
    expect(past().length).toBeLessThanOrEqual(LETTER_REASONS + 1);
    expect(past().reduce((sum, { n }) => sum + n, 0) + kept().n).toBe(sent);
    // After a restart it goes on with what there is.
    new DeadLetters(sql).add({ list: "feedback", id: null, reason: "last", body: "last" }, sender, sent);
    expect(kept().n).toBeLessThanOrEqual(LETTERS);
  });
});

/** Decisions of a list of slots, each over what those above left. */
function list(model: string, first: string, slots: number, actions: number): RankDecision[] {
  let left = Array.from({ length: actions }, (_, i) => ({
    id: `film-${i}`,
    features: { genre: `genre ${i % 7}`, n: i },
  }));
  return Array.from({ length: slots }, (_, slot) => {
    const base = rankRecord(model, slot === 0 ? first : `${first}.${slot}`, 1000 + slot);
    const odds = { scores: left.map(() => 0), probabilities: left.map(() => 1 / left.length) };
    const record = { ...base, context: { slot }, actions: left, ...odds, chosen: slot % left.length };
    left = left.filter((_, i) => i !== record.chosen);
    return record;
  });
}

test("a list's actions are stored once, and every reader gets each record as it came", async () => {
  const spec = rankModel();
  const trained = new Trained(spec);
  const stub = env.PARTITION.getByName(where);
  const lists = [list(spec.name, "bounds.90", 20, 60), list(spec.name, "plain", 4, 5)];
  for (const records of lists)
    expect((await stub.appendCall(records.map(incoming))).every((o) => o.status === "accepted")).toBe(true);
  const [records] = lists;
  const came = records!.reduce((sum, record) => sum + JSON.stringify(record).length, 0);
  const stored = await withSql(where, (sql) =>
    Number(sql.exec("SELECT sum(length(body)) AS n FROM log WHERE id LIKE 'bounds.90%'").one().n),
  );
  expect(stored).toBeLessThan(came / 2);
  const all = lists.flat();
  const { rows } = await stub.page({ after: 0, limit: 1000, model: spec.name });
  expect(rows.map(({ record }) => record)).toEqual(all.map((record) => JSON.stringify(record)));
  for (const record of all) expect(await stub.decision(record.id)).toBe(JSON.stringify(record));
  // Sent again it is a repeat, also as a page sends it; another list under its id is none.
  const again = await stub.append(appendOf({ decisions: all.map(incoming), keepRejected: true }));
  expect(new Set(again.decisions.map(({ status }) => status))).toEqual(new Set(["duplicate"]));
  const other = list(spec.name, "bounds.90", 20, 61).map(incoming);
  const conflict = await stub.append(appendOf({ decisions: other, keepRejected: true }));
  expect(new Set(conflict.decisions.map(({ status }) => status))).toEqual(new Set(["conflict"]));
  await stub.append(
    appendOf({ feedback: all.map((record) => incomingFeedback({ id: record.id, value: 1, at: 1000 })) }),
  );
  const examples = await trained.read(where, null, null);
  expect(examples.map(({ record }) => record)).toEqual(all.map((record) => JSON.stringify(record)));
});

test("a log of before kept a list's actions with its first slot: its records come back as they came", async () => {
  const where = "former-slots";
  const stub = env.PARTITION.getByName(where);
  const records = list("slots", "bounds.70", 3, 5);
  await stub.append(appendOf({ decisions: records.map(incoming) }));
  const all = records[0]!.actions;
  await withSql(where, (sql) => {
    for (const [slot, record] of records.entries()) {
      const places = record.actions.map(({ id }) => all.findIndex((action) => action.id === id));
      const stored = slot === 0 ? record : { ...record, actions: places };
      const first = slot === 0 ? null : records[0]!.id;
      sql.exec("UPDATE log SET body = ?, actions_of = ? WHERE id = ?", JSON.stringify(stored), first, record.id);
    }
    sql.exec("DELETE FROM catalogue");
  });
  const { rows } = await stub.page({ after: 0, limit: 1000, model: "slots" });
  expect(rows.map(({ record }) => record)).toEqual(records.map((record) => JSON.stringify(record)));
  for (const record of records) expect(await stub.decision(record.id)).toBe(JSON.stringify(record));
});

test("a record that would not come back to the letter is stored as it came", async () => {
  const stub = env.PARTITION.getByName(where);
  const [first] = list("odd", "bounds.80", 1, 5);
  const odd = `{ "id": "bounds.81", "unit": "u", "actions": [{"id":"film-0","features":{"genre":"genre 0","n":0}}], "n": 1e2}`;
  const bodies = [
    ...[incoming(first!), incoming({ ...first!, id: "bounds.82" }), incoming({ ...first!, id: "bounds.83" })],
    { ...incoming(rankRecord("odd", "bounds.81", 1)), body: odd },
    { ...incoming(rankRecord("odd", "bounds.84", 1)), body: "7" },
    { ...incoming(rankRecord("odd", "bounds.85", 1)), body: "{not json" },
  ];
  await stub.append(appendOf({ decisions: bodies }));
  const { rows } = await stub.page({ after: 0, limit: 1000, model: "odd" });
  expect(rows.map(({ record }) => record)).toEqual(bodies.map(({ body }) => body));
});
