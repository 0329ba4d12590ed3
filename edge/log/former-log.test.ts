import { evictDurableObject, runInDurableObject } from "cloudflare:test";
import { env } from "cloudflare:workers";
import { expect, test } from "vitest";
import { appendOf, incoming, rankRecord } from "../testing/records.ts";
import type { Partition } from "./partition.ts";

/** The tables as they were before versions were things, with what a partition had in them. */
const FORMER = `
  CREATE TABLE log (
    offset INTEGER PRIMARY KEY AUTOINCREMENT,
    kind TEXT NOT NULL CHECK (kind IN ('decision', 'feedback')),
    id TEXT NOT NULL,
    claimed_at INTEGER,
    at INTEGER NOT NULL,
    received_at INTEGER NOT NULL,
    model TEXT,
    body TEXT,
    value REAL,
    final INTEGER
  );
  CREATE UNIQUE INDEX log_decision ON log (id) WHERE kind = 'decision';
  CREATE UNIQUE INDEX log_feedback_final ON log (id, ifnull(claimed_at, -1), value, final) WHERE kind = 'feedback';
  CREATE TABLE log_identity (one INTEGER PRIMARY KEY CHECK (one = 1), id TEXT NOT NULL);
  CREATE TABLE pending (
    decision INTEGER PRIMARY KEY,
    id TEXT NOT NULL UNIQUE,
    model TEXT NOT NULL,
    counts_until INTEGER NOT NULL,
    due INTEGER NOT NULL
  );
  CREATE INDEX pending_due ON pending (due);
  CREATE TABLE examples (
    offset INTEGER PRIMARY KEY AUTOINCREMENT,
    model TEXT NOT NULL,
    decision INTEGER NOT NULL UNIQUE,
    value REAL NOT NULL,
    feedback_at INTEGER
  );
  CREATE INDEX examples_model ON examples (model, offset);
  CREATE TABLE delivery (model TEXT PRIMARY KEY, newest INTEGER NOT NULL, acknowledged INTEGER NOT NULL DEFAULT 0);
  CREATE TABLE dead_letters (
    number INTEGER PRIMARY KEY AUTOINCREMENT,
    list TEXT NOT NULL,
    id TEXT,
    reason TEXT NOT NULL,
    body TEXT NOT NULL,
    received_at INTEGER NOT NULL
  );
  CREATE UNIQUE INDEX dead_letter ON dead_letters (list, ifnull(id, ''), body);
  CREATE TABLE counters (name TEXT PRIMARY KEY, n INTEGER NOT NULL);
  INSERT INTO log_identity VALUES (1, 'kept');
  INSERT INTO log (kind, id, claimed_at, at, received_at, value, final) VALUES ('feedback', 's.1', 900, 900, 1000, 3, 0);
  INSERT INTO log (kind, id, claimed_at, at, received_at, model, body) VALUES ('decision', 's.1', 800, 800, 1010, 'm', '{"id":"s.1"}');
  INSERT INTO log (kind, id, claimed_at, at, received_at, model, body) VALUES ('decision', 's.2', 900, 900, 990, 'm', '{"id":"s.2", "odd":1e2}');
  INSERT INTO log (kind, id, claimed_at, at, received_at, value, final) VALUES ('feedback', 's.2', NULL, 995, 995, 5, 1);
  DELETE FROM log WHERE offset = 4;
  INSERT INTO log (kind, id, claimed_at, at, received_at, value, final) VALUES ('feedback', 's.2', NULL, 1020, 1020, 5, 1);
  INSERT INTO pending VALUES (2, 's.1', 'm', 600800, 601010);
  INSERT INTO examples (model, decision, value, feedback_at) VALUES ('m', 3, 5, 1020);
  INSERT INTO delivery VALUES ('m', 1, 1);
  INSERT INTO dead_letters (list, id, reason, body, received_at) VALUES ('decisions', NULL, 'is none', 'null', 1000);
  INSERT INTO counters VALUES ('decisions', 2), ('feedback', 2), ('duplicates', 7), ('deadLetters', 1), ('closed', 1);
`;

test("a log of before is copied once, and read by the rules of whoever reads", async () => {
  const stub = env.PARTITION.getByName("former");
  await runInDurableObject(stub, (_: Partition, { storage }) => {
    for (const table of ["log", "log_identity", "log_time", "readers", "totals", "dead_letters"])
      storage.sql.exec(`DROP TABLE ${table}`);
    storage.sql.exec(FORMER);
  });
  await evictDurableObject(stub);
  const { time: _, ...page } = await stub.page({ after: 0, limit: 10, model: null });
  const row = { claimedAt: null, model: "m", deferred: false, record: null, value: null, final: null };
  const decision = { ...row, kind: "decision" };
  const feedback = { ...row, kind: "feedback" };
  const rows = [
    {
      ...feedback,
      offset: 1,
      id: "s.1",
      claimedAt: 900,
      at: 900,
      receivedAt: 1000,
      model: null,
      value: 3,
      final: false,
    },
    { ...decision, offset: 2, id: "s.1", claimedAt: 800, at: 800, receivedAt: 1010, record: '{"id":"s.1"}' },
    // Its clock had gone back.
    { ...decision, offset: 3, id: "s.2", claimedAt: 900, at: 900, receivedAt: 1010, record: '{"id":"s.2", "odd":1e2}' },
    { ...feedback, offset: 5, id: "s.2", at: 1020, receivedAt: 1020, value: 5, final: true },
  ];
  expect(page).toEqual({ log: "kept", rows, next: 5, newest: 5 });
  const statistics = { decisions: 2, feedback: 2, activations: 0, duplicates: 7, deadLetters: 1, newest: 5 };
  expect(await stub.statistics()).toMatchObject({ ...statistics, log: "kept", readers: [] });
  const rules = { aggregate: "first" as const, default: 0, wait: 600_000, binary: false };
  const { examples } = await stub.read({ reader: "m@1", model: "m", rules, from: null, upto: null, limit: 10 });
  expect(examples.map(({ decision: offset, value }) => [offset, value])).toEqual([
    [2, 3],
    [3, 5],
  ]);
  await stub.leave("m@1");
  // It goes on from there, and is not copied again.
  const repeated = await stub.append(
    appendOf({ decisions: ["s.1", "s.3"].map((id) => incoming(rankRecord("m", id, 2000))) }),
  );
  expect(repeated.decisions).toEqual([{ status: "duplicate", stored: '{"id":"s.1"}' }, { status: "accepted" }]);
  await evictDurableObject(stub);
  expect(await stub.statistics()).toMatchObject({ ...statistics, decisions: 3, newest: 6 });
  await runInDurableObject(stub, (_: Partition, { storage }) => {
    const tables = storage.sql.exec<{ name: string }>("SELECT name FROM sqlite_master WHERE type = 'table'").toArray();
    const names = tables.map(({ name }) => name).filter((name) => !/^(sqlite|_cf)_/.test(name));
    expect(names.sort()).toEqual([
      ...[
        "archived_ids",
        "archived_runs",
        "catalogue",
        "dead_letters",
        "drawn",
        "erased_sessions",
        "erasing",
        "erasures",
        "expired",
        "expiring",
        "log",
        "log_identity",
        "log_time",
        "partition_count",
        "past_letters",
        "readers",
        "removals",
        "removals_in",
        "scrub",
        "segments",
        "sender_sets",
        "totals",
        "uploads",
        "zeros",
      ],
    ]);
  });
});
