import { setTimeout } from "node:timers/promises";
import { FixtureRandom } from "../conformance/random.ts";
import { countById, readLogs } from "../e2e/partition-logs.ts";
import { Server } from "../e2e/server.ts";
import { until } from "../e2e/until.ts";
import { buildForTests } from "../scripts/test-build.ts";
import type { LogRow } from "../shared/contract/log-page.ts";
import type { DecisionRecord } from "../shared/contract/record.ts";
import { ModelPage } from "./forgery/model-page.ts";
import { native } from "./forgery/models.ts";
import { settled } from "./forgery/settled.ts";
import { Edge } from "./rollout/edge.ts";

/**
 * `node bench/split.ts [SECONDS] [SEED]` (8, 1): splits the partitions of a server, 4 -> 8 -> 16, while pages send batches and callers ask for ranks and give
 * feedback. Before each split, and once more after it, the server is killed. Then it looks whether all that was acknowledged is in the log once, each session in one
 * partition and in its order, and whether each example is learned once. Ends with an error when it is not.
 */

const seconds = Number(process.argv[2] ?? 8);
const seed = Number(process.argv[3] ?? 1);
const random = new FixtureRandom(seed);
const PAGES = 4;
const CALLERS = 4;

await buildForTests();
const server = await Server.create();
const edge = new Edge(server.url);
const model = native.name;
/** What was acknowledged. */
const decided = new Set<string>();
const rewarded = new Set<string>();
let running = true;

try {
  await server.start({ PARTITIONS: "4" });
  await edge.deploy(native, "live");
  const traffic = [
    ...Array.from({ length: PAGES }, (_, n) => visit(n)),
    ...Array.from({ length: CALLERS }, (_, n) => callOn(n)),
  ];
  for (const partitions of ["4", "8", "8", "16", "16"]) {
    await server.stop("SIGKILL");
    await server.start({ PARTITIONS: partitions });
    await setTimeout(seconds * 1000);
    process.stdout.write(`with ${partitions} partitions, ${decided.size} decisions acknowledged\n`);
  }
  running = false;
  await Promise.all(traffic);
  await check();
} finally {
  running = false;
  await server.remove();
}

/** Pages one after the other, of up to 64 sessions each: they send some decisions with feedback for those before, again until they are acknowledged. */
async function visit(number: number): Promise<void> {
  for (let visitor = 0; running; visitor++) {
    const name = `page-${number}-${visitor}`;
    const page = await again(() => ModelPage.open(server.url, model, name, seed + number, null));
    let last: string[] = [];
    for (let batch = 0; running && batch < 20; batch++) {
      const decisions: DecisionRecord[] = [];
      for (let n = 0; n < 1 + random.whole(8); n++) decisions.push(await page.decide(random.whole(3)));
      const feedback = last.map((id) => ({ format: 2, id, value: random.whole(2), at: Date.now() }));
      const { rejected } = await again(() => settled((left) => page.postBriefly(left), decisions));
      if (rejected.length > 0) throw new Error(`of ${name}: ${rejected[0]!.problem}`);
      for (const { id } of decisions) decided.add(id);
      await again(async () => {
        const { unread, rejected: refused } = await page.postBriefly([], feedback);
        if (refused.length > 0) throw new Error(`of ${name}: 422 ${refused[0]!.problem}`);
        if (unread.length > 0) throw new Error(unread[0]!.problem);
      });
      for (const { id } of feedback) rewarded.add(id);
      last = decisions.map(({ id }) => id);
      await again(() => page.refresh());
    }
  }
}

/** A caller: sessions of eight ranks, some of which go on for as long as all. */
async function callOn(number: number): Promise<void> {
  for (let n = 0; running; n++) {
    const session = n % 5 === 0 ? "long" : Math.floor(n / 8);
    const id = `caller-${number}-${session}.${n}`;
    await again(() => edge.rank(model, id));
    decided.add(id);
    const value = random.whole(2);
    await again(() => edge.send("POST", `/v1/decisions/${id}/feedback`, { value, at: n }));
    rewarded.add(id);
  }
}

/** Until it goes well. @throws Error when the edge says that it is wrong. */
async function again<T>(what: () => Promise<T>): Promise<T> {
  for (;;) {
    try {
      return await what();
    } catch (error) {
      if (/: (40[0-7]|409|422) |: 422 /.test(String(error))) throw error;
      await setTimeout(50);
    }
  }
}

async function check(): Promise<void> {
  const rows = await readLogs(server.url);
  const decisions = countById(rows, "decision");
  const feedback = countById(rows, "feedback");
  for (const id of decided)
    if (decisions.get(id) !== 1) throw new Error(`${id} is in the log ${decisions.get(id)} times`);
  for (const id of rewarded) if (!feedback.has(id)) throw new Error(`feedback for ${id} is not in the log`);
  const twice = [...decisions].filter(([, n]) => n !== 1);
  if (twice.length > 0) throw new Error(`${twice.length} decisions are in the log more than once: ${twice[0]![0]}`);
  checkOrder(rows);
  const examples = [...decisions.keys()].filter((id) => feedback.has(id)).length;
  const partitions = await placesOf();
  await until("each example to be learned once", async () => {
    const learned = (await edge.manifest(model)).examples;
    if (learned > examples) throw new Error(`${learned} examples were learned of ${examples}`);
    return learned === examples ? true : null;
  });
  console.log(
    `${decisions.size} decisions and ${rows.filter(({ kind }) => kind === "feedback").length} feedbacks in the log, ${decided.size} and ${rewarded.size} ` +
      `acknowledged, none lost, none twice; ${examples} examples learned of ${examples}; rows by partition: ${partitions.join(" ")}`,
  );
}

/** Each session sent one decision after the other. */
function checkOrder(rows: readonly LogRow[]): void {
  const last = new Map<string, number>();
  for (const { kind, id } of rows) {
    if (kind !== "decision") continue;
    const [session, n] = id.split(".") as [string, string];
    if (Number(n) <= (last.get(session) ?? -1)) throw new Error(`${id} comes after ${session}.${last.get(session)}`);
    last.set(session, Number(n));
  }
}

/** How many rows each partition has. @throws Error when a session is in two. */
async function placesOf(): Promise<number[]> {
  const counts: number[] = [];
  const places = new Map<string, number>();
  for (let partition = 0; partition < 16; partition++) {
    let n = 0;
    for (let after = 0; ; ) {
      const response = await fetch(`${server.url}/v1/log?partition=${partition}&after=${after}&limit=1000`);
      const lines = (await response.text())
        .trimEnd()
        .split("\n")
        .map((line) => JSON.parse(line));
      const { next, newest } = lines.pop();
      for (const { id } of lines) {
        const session = id.split(".")[0];
        if ((places.get(session) ?? partition) !== partition)
          throw new Error(`${session} is in partitions ${places.get(session)} and ${partition}`);
        places.set(session, partition);
      }
      n += lines.length;
      if (next >= newest) break;
      after = next;
    }
    counts.push(n);
  }
  return counts;
}
