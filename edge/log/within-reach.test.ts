import { runInDurableObject } from "cloudflare:test";
import { env } from "cloudflare:workers";
import { expect, test, vi } from "vitest";
import { appendOf, incoming, rankRecord } from "../testing/records.ts";
import { SEGMENTS_OF_A_BATCH } from "./limits.ts";
import { rowsAfter } from "./live-part.ts";
import { Log } from "./log.ts";
import type { Partition } from "./partition.ts";
import { Segments } from "./segments.ts";

test("one batch has a few segments of the archive read, and the rest of it comes again until all is taken", async () => {
  const stub = env.PARTITION.getByName("within-reach");
  const at = Date.now() - 60_000;
  const segments = 4 * SEGMENTS_OF_A_BATCH;
  for (let n = 0; n < segments; n++)
    await stub.append(appendOf({ decisions: [1, 2].map((i) => incoming(rankRecord("m", `s${n}.${i}`, at + n))) }));
  await stub.append(appendOf({ decisions: [incoming(rankRecord("m", "last.1", at))] }));
  await runInDurableObject(stub, async (instance: Partition, { storage }) => {
    for (let n = 0; n < segments; n++) {
      const log = new Log(storage.sql);
      const range = { after: log.archived, before: log.newest, rows: 2, characters: Number.POSITIVE_INFINITY };
      await instance.archive.close(rowsAfter(storage.sql, log, range).rows);
    }
  });
  const reads = vi.spyOn(Segments.prototype, "read");
  let feedback = Array.from({ length: segments }, (_, n) => ({
    id: `s${n}.1`,
    value: 1,
    final: false,
    claimedAt: at,
    at,
  }));
  feedback.push({ id: "last.1", value: 1, final: false, claimedAt: at, at });
  let rounds = 0;
  for (; feedback.length > 0 && rounds < 20; rounds++) {
    reads.mockClear();
    const { feedback: outcomes } = await stub.append(appendOf({ feedback }));
    expect(reads.mock.calls.length).toBeLessThanOrEqual(SEGMENTS_OF_A_BATCH);
    expect(outcomes).toHaveLength(feedback.length);
    for (const { status } of outcomes) expect(["accepted", "later"]).toContain(status);
    feedback = feedback.filter((_, i) => outcomes[i]!.status === "later");
  }
  expect([feedback, rounds]).toEqual([[], segments / SEGMENTS_OF_A_BATCH]);
});
