import { createHash } from "node:crypto";
import { setTimeout } from "node:timers/promises";
import { parseArgs } from "node:util";
import { SingleBar } from "cli-progress";
import { seededRandom } from "../conformance/random.ts";
import { readLogs } from "../e2e/partition-logs.ts";
import { Server } from "../e2e/server.ts";
import { until } from "../e2e/until.ts";
import { buildForTests } from "../scripts/test-build.ts";
import { canonicalJson } from "../shared/contract/canonical.ts";
import { adaptive, defineModel, epsilonGreedy, field, rank } from "../shared/contract/define.ts";
import type { BatchResponse } from "../shared/contract/envelope.ts";
import { decide } from "../shared/decide/decide.ts";
import { type LoadedModel, loadModel } from "../shared/decide/loaded-model.ts";
import { applyDelta } from "../shared/heads/delta.ts";
import { encodeSnapshot } from "../shared/heads/encode-snapshot.ts";
import { decodeSnapshot } from "../shared/heads/snapshot.ts";
import { drawnCall, drawnReward, UNITS, unitNamed } from "../simulation/records.ts";
import { Edge } from "./rollout/edge.ts";

/**
 * `node bench/seeded-kills.ts [--kills N] [--seed N]`: sends the requests of a seed of `npm run simulate:faults` to a server whose workerd is ended by SIGKILL at random moments, each batch again and
 * again until it is acknowledged; then as many, calmly, to a second server. At the end both must have the same log and the same weights, by their hashes. There is one partition, so that one order is right.
 */
const { values } = parseArgs({
  options: { kills: { type: "string", default: "50" }, seed: { type: "string", default: "1" } },
});
const [kills, seed] = [Number(values.kills), Number(values.seed)];
const MODEL = "seeded";
/** When the first record claims to be made. Records are the same in both runs, to the byte. */
const CLAIMED = 1_790_000_000_000;

const spec = defineModel({
  name: MODEL,
  task: rank(),
  features: { context: { device: field("device") }, action: { genre: field("genre") } },
  interactions: [["context", "action"]],
  reward: { wait: "1h", default: null, aggregate: "first", range: [0, 1] },
  perHour: { session: null, unit: null, network: null, all: null },
  policy: epsilonGreedy({ epsilon: 0.2 }),
  learner: adaptive({ bits: 10 }),
});

type State = { batches: number; items: number; repeats: number; log: string; weights: string; examples: number };

process.env.PARTITIONS = "1";
await buildForTests();
const killed = await run(kills, Number.POSITIVE_INFINITY);
const calm = await run(0, killed.batches);
console.log({ killed, calm });
if (killed.log !== calm.log) throw new Error("the logs differ");
if (killed.weights !== calm.weights || killed.examples !== calm.examples) throw new Error("the weights differ");
console.log(`equal hashes after ${kills} SIGKILLs: log ${killed.log}, weights ${killed.weights}`);

/** @param batches how many are sent, unless the kills are done before. */
async function run(kills: number, batches: number): Promise<State> {
  const server = await Server.create();
  const edge = new Edge(server.url);
  const moments = seededRandom(seed + 1);
  const draw = seededRandom(seed);
  let sent = 0;
  let items = 0;
  let repeats = 0;
  const bar = process.stderr.isTTY && kills > 0 ? new SingleBar({}) : null;
  bar?.start(kills, 0);
  try {
    await server.start();
    await edge.deploy(spec, "live");
    const first = await loaded(edge);
    const lives = { over: 0 };
    const killing = (async () => {
      while (lives.over < kills) {
        await setTimeout(moments() * 1200);
        process.kill(server.workerd!, "SIGKILL");
        await server.stop("SIGKILL");
        await server.start();
        lives.over++;
        bar?.update(lives.over);
      }
    })();
    const going = () => (kills > 0 ? lives.over < kills : sent < batches);
    while (going()) {
      const batch = drawnBatch(first, sent, draw);
      for (let failures = 0; !(await post(server.url, batch)); failures++) {
        repeats++;
        if (failures > 3000) throw new Error(`batch ${sent} is not taken`);
        await setTimeout(20);
      }
      sent++;
      items += batch.decisions.length + batch.feedback.length;
    }
    await killing;
    bar?.stop();
    const rewarded = items / 2;
    await until(`all ${rewarded} examples to be learned`, async () =>
      (await edge.manifest(MODEL)).examples === rewarded ? true : null,
    );
    const { snapshot } = await loaded(edge);
    const weights = encodeSnapshot({ ...snapshot, number: 0 });
    const log = (await readLogs(server.url)).map(({ receivedAt: _, at: __, ...row }) => canonicalJson(row)).join("\n");
    const { examples } = await edge.manifest(MODEL);
    return { batches: sent, items, repeats, log: sha256(log), weights: sha256(weights), examples };
  } finally {
    await server.remove();
  }
}

/** Decisions of the first snapshot, which is there in every run, and the feedback of each. */
function drawnBatch(model: LoadedModel, batch: number, draw: () => number) {
  const at = CLAIMED + batch;
  const decisions = Array.from({ length: 1 + Math.floor(draw() * 4) }, (_, i) => {
    const call = {
      id: `s${batch}.${i}`,
      at,
      place: "browser" as const,
      assignment: null,
      sessionFeatures: {},
      profileFeatures: {},
    };
    return decide(model, { ...call, unit: unitNamed(Math.floor(draw() * UNITS)), ...drawnCall(draw) }, null);
  });
  const feedback = decisions.map(({ id }) => ({ format: 2, id, value: drawnReward(draw), at }));
  return { format: 2, sentAt: at, decisions, feedback };
}

/** @returns whether all of it was acknowledged. @throws Error when something is refused. */
async function post(url: string, batch: object): Promise<boolean> {
  const response = await fetch(`${url}/v1/batch`, {
    method: "POST",
    headers: { "content-type": "application/json" },
    body: JSON.stringify(batch),
    signal: AbortSignal.timeout(10_000),
  }).catch(() => null);
  if (!response) return false;
  const answer = (await response.json().catch(() => null)) as BatchResponse | null;
  if (!response.ok || !answer) {
    if (response.status >= 400 && response.status < 429)
      throw new Error(`${response.status}: ${JSON.stringify(answer)}`);
    return false;
  }
  if (answer.rejected.length > 0) throw new Error(`refused: ${JSON.stringify(answer.rejected)}`);
  return answer.unread.length === 0;
}

async function loaded(edge: Edge): Promise<LoadedModel> {
  const { snapshot, delta } = await edge.manifest(MODEL);
  const base = decodeSnapshot(await edge.bytes(snapshot.url));
  return loadModel(spec, delta ? applyDelta(base, await edge.bytes(delta.url)) : base);
}

function sha256(content: string | Uint8Array): string {
  return createHash("sha256").update(content).digest("hex").slice(0, 16);
}
