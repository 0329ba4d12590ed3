import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { DatabaseSync } from "node:sqlite";
import { interleaved, type Timed } from "../bench/interleaved.ts";
import { machine } from "../bench/machine.ts";
import { markdownTable } from "../bench/markdown.ts";
import { requireAppended } from "../edge/log/append-invariants.ts";
import { NOTHING, type Position } from "../edge/log/messages.ts";
import { Invariants } from "../edge/storage/invariants.ts";
import { incoming, rankRecord } from "../edge/testing/records.ts";
import { requireNext } from "../edge/training/commit-invariants.ts";
import { NONE_BOUNDED, type Place, type Progress } from "../edge/training/progress.ts";

/**
 * `node simulation/assertions-cost.ts`: what the assertions that stay on in production cost: of an append to a partition, and of a trainer's commit with four partitions. Each against the least
 * that it stands beside: a transaction that writes a row for each record, or one, and is durable when it ends, in Node's SQLite with a write-ahead log as in workerd.
 */

const invariants = new Invariants("bench");
const folder = mkdtempSync(join(tmpdir(), "edgewise-assertions-"));
const db = new DatabaseSync(join(folder, "log.sqlite"));
db.exec("PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL");
db.exec("CREATE TABLE log (offset INTEGER PRIMARY KEY, id TEXT, at INTEGER, body TEXT)");
const insert = db.prepare("INSERT INTO log (id, at, body) VALUES (?, ?, ?)");

function appendOf(size: number): { asserted: () => void; written: () => void } {
  const decisions = Array.from({ length: size }, (_, i) => incoming(rankRecord("m", `s.${i}`, 1_790_000_000_000)));
  const batch = { ...NOTHING, decisions };
  const appended = { decisions: decisions.map(() => ({ status: "accepted" as const })), feedback: [], activations: [] };
  const counts = { decisions: size, feedback: 0, activations: 0, duplicates: 0, deadLetters: 0 };
  return {
    asserted: () =>
      requireAppended(invariants, {
        ...{ batch, appended, counts },
        offsets: { before: 7, newest: 7 + size },
        times: { before: 1, received: 2 },
      }),
    written: () => {
      db.exec("BEGIN");
      for (const { id, at, body } of decisions) insert.run(id, at, body);
      db.exec("COMMIT");
    },
  };
}

const at = (rows: number): Position => ({
  log: "x",
  rows,
  ends: 0,
  heard: 0,
  ended: 0,
  lasts: 0,
  time: rows,
  mark: null,
});
const places = (rows: number): ReadonlyMap<string, Place> =>
  new Map(["0", "1", "2", "3"].map((name) => [name, { position: at(rows), newest: 1000, reached: true }]));
const progress = (examples: number): Progress => ({
  ...{ examples, progressiveLoss: 0.5, meanFeedback: 0.1, report: null, newestFeedbackAt: null },
  ...{ unlearnable: 0, late: 0, missed: 0, clamped: 0, excluded: 0, bounded: NONE_BOUNDED },
});
const [before, next] = [10, 20].map((n) => ({ progress: progress(n), places: places(n) }));
const [one, hundred] = [appendOf(1), appendOf(100)];

const timed =
  (work: () => void): Timed =>
  async (n) => {
    const started = performance.now();
    for (let i = 0; i < n; i++) work();
    return performance.now() - started;
  };
const times = await interleaved({
  "append of 1, assertions": timed(one.asserted),
  "append of 1, rows": timed(one.written),
  "append of 100, assertions": timed(hundred.asserted),
  "append of 100, rows": timed(hundred.written),
  "commit of a trainer, assertions": timed(() => requireNext(invariants, before!, next!)),
});
db.close();
rmSync(folder, { recursive: true });
const row = (name: string, reference: string): string[] => [
  name,
  times[name]!.toFixed(2),
  times[reference]!.toFixed(0),
  `${((100 * times[name]!) / times[reference]!).toFixed(3)} %`,
];
console.log(`\n${machine()}\n`);
console.log(
  markdownTable(
    ["", "µs", "durable rows, µs", "share"],
    [
      row("append of 1, assertions", "append of 1, rows"),
      row("append of 100, assertions", "append of 100, rows"),
      row("commit of a trainer, assertions", "append of 1, rows"),
    ],
  ),
);
