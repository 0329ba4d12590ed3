import { setTimeout } from "node:timers/promises";
import { seededRandom } from "../conformance/random.ts";
import { Server } from "../e2e/server.ts";
import { until } from "../e2e/until.ts";
import { buildForTests } from "../scripts/test-build.ts";
import { directory as directorySchema } from "../shared/contract/directory.ts";
import { Edge, letters } from "./rollout/edge.ts";

/**
 * `node bench/kills.ts [KILLS] [SEED]`: kills the server at random moments of deploying, catching up, promoting and rolling back, while ranks and
 * feedback come in, and looks after each start whether the directory is whole, exactly one version is live, and all that was acknowledged is
 * learned by it. Ends with an error at the first time that it is not.
 */

const kills = Number(process.argv[2] ?? 20);
const random = seededRandom(Number(process.argv[3] ?? 1));
const MODEL = "killed";
const rewards = [
  { aggregate: "first" },
  { aggregate: "max", wait: "2s" },
  { aggregate: "sum", wait: "3s" },
  { aggregate: "last", wait: "4s" },
];

await buildForTests();
const server = await Server.create();
const edge = new Edge(server.url);
await server.start();
await edge.deploy(letters(MODEL, rewards[0]!), "live");

/** Decisions whose feedback was acknowledged. */
let acknowledged = 0;
let sent = 0;
let next = 0;
let deployed = 1;
const done: Record<string, number> = {};
try {
  for (let kill = 0; kill < kills; kill++) {
    let running = true;
    const traffic = Promise.all(Array.from({ length: 4 }, () => visit(() => running)));
    const changes = change(() => running);
    await setTimeout(random() * 1500);
    await server.stop("SIGKILL");
    running = false;
    await Promise.all([traffic, changes]);
    await server.start();
    await look(kill);
  }
  await until("everything acknowledged to be learned by the live version", async () => {
    const { examples } = await edge.manifest(MODEL);
    // A feedback whose acknowledgement was lost with the server may be in the log as well.
    if (examples > sent) throw new Error(`${examples} examples were learned of ${sent} feedbacks`);
    return examples >= acknowledged ? true : null;
  });
  console.log(
    `${kills} kills, ${acknowledged} acknowledged and learned, ${deployed} versions; changes under way:`,
    done,
  );
} finally {
  await server.remove();
}

async function visit(running: () => boolean): Promise<void> {
  while (running()) {
    const id = `kill-${next++}`;
    try {
      await edge.rank(MODEL, id);
      sent++;
      await edge.feedback(id, Math.round(random()));
      acknowledged++;
    } catch (error) {
      // The server is gone, or going. What was wrong with the call itself is a finding.
      if (running() && /: 4\d\d /.test(String(error))) throw error;
      await setTimeout(20);
    }
  }
}

/** Deploys, promotes and rolls back, one after the other, for as long as the server lives. */
async function change(running: () => boolean): Promise<void> {
  const did = (what: string) => {
    done[what] = (done[what] ?? 0) + 1;
  };
  while (running()) {
    const draw = random();
    try {
      if (draw < 0.4) {
        const { aggregate, wait = "1s" } = rewards[Math.floor(random() * rewards.length)]! as {
          aggregate: string;
          wait?: string;
        };
        deployed = Math.max(
          deployed,
          await edge.deploy(letters(MODEL, { aggregate, wait, range: [0, 1 + deployed / 100] }), "live"),
        );
        did("deploy");
      } else if (draw < 0.7) {
        await edge.change(MODEL, 1 + Math.floor(random() * deployed), "live");
        did("promote");
      } else {
        await edge.rollback(MODEL);
        did("roll back");
      }
    } catch (error) {
      // 409: there is nothing to roll back to.
      if (running() && /: (400|404|5\d\d) /.test(String(error))) throw error;
    }
    await setTimeout(random() * 200);
  }
}

async function look(kill: number): Promise<void> {
  const directory = directorySchema.parse(await edge.directory());
  for (const [model, { versions }] of Object.entries(directory.models)) {
    const live = versions.filter(({ stage }) => stage === "live");
    if (live.length !== 1) throw new Error(`after kill ${kill}: ${model} has ${live.length} live versions`);
    for (const { spec, graph } of versions)
      for (const pointer of [spec, graph])
        if (pointer && (await fetch(server.url + pointer.url)).status !== 200)
          throw new Error(`after kill ${kill}: ${pointer.url} of ${model} is not in the store`);
    const manifest = await edge.manifest(model);
    for (const pointer of [manifest.snapshot, manifest.delta])
      if (pointer && (await fetch(server.url + pointer.url)).status !== 200)
        throw new Error(`after kill ${kill}: ${pointer.url}, the snapshot of ${model}, is not in the store`);
  }
  const answer = await edge.rank(MODEL, `look-${kill}`);
  process.stdout.write(
    `kill ${kill}: directory ${directory.number}, live ${answer.model}, ${acknowledged} acknowledged\n`,
  );
}
