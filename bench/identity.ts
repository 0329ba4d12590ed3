import { FixtureRandom } from "../conformance/random.ts";
import { Server } from "../e2e/server.ts";
import { until } from "../e2e/until.ts";
import { buildForTests } from "../scripts/test-build.ts";
import type { DecisionRecord } from "../shared/contract/record.ts";
import { snapshotNumber } from "../shared/contract/snapshot-number.ts";
import type { LoadedModel } from "../shared/decide/loaded-model.ts";
import { forgeries, OTHER_KEY, type Workshop } from "./identity/forgeries.ts";
import { machine } from "./machine.ts";
import { markdownTable } from "./markdown.ts";
import { learned, Shop } from "./shop/shop.ts";
import { visit } from "./shop/world.ts";

/**
 * `node bench/identity.ts [FORGED] [HONEST] [SEED]`: a forger with the key that stands in the pages says what was decided under ids that are not his to give, and rewards them, and his own, with all
 * kinds of numbers, while honest pages and a server go on. Ends with an error when anything of it is in the log, or when what is published is not, to the bit, what the honest part of the log teaches. What
 * is false of a decision itself is bench/forgery.ts.
 */

const FORGED = Number(process.argv[2] ?? 10_000);
const HONEST = Number(process.argv[3] ?? 10_000);
const SEED = Number(process.argv[4] ?? 1);
/** Decisions of an honest visit. */
const VISIT = 7;
/** Forged ones of one message; as many are honest in another. */
const BATCH = 100;
const REWARDS = [1e9, -1e9, 1e308, 0.5, 2, -1];

const random = new FixtureRandom(SEED);
await buildForTests();
const server = await Server.create();
await server.start({ PARTITIONS: "1" });
const shop = new Shop(server.url);
try {
  await shop.open();
  const otherKey = await shop.key(["another-model"]);
  const honest: DecisionRecord[] = [];
  const orders: string[] = [];
  const calls: string[] = [];
  let own: string[] = [];
  let made = 0;
  let { model, manifest } = await shop.model();
  const decide = (id: string, unit = id): ReturnType<typeof visit> => {
    const { stage, share, directory } = manifest;
    return visit(model, { stage, share, directory }, { id, unit }, { random, hostile: false });
  };
  const workshop: Workshop = {
    random,
    decide: (id) => decide(id).decision,
    ownSession: () => own.pop()!,
    told: () => random.pick(honest),
    orderId: () => random.pick(orders),
    callSession: () => random.pick(calls),
    next: () => made++,
  };
  const kinds = Object.entries(forgeries);
  const tried = new Map(kinds.map(([name]) => [name, { posted: 0, taken: 0, reason: "" }]));
  let [rewards, rewardsTaken, visits, turn] = [0, 0, 0, 0];

  while (turn < FORGED || honest.length < HONEST) {
    ({ model, manifest } = await shop.model());
    if (honest.length < HONEST || honest.length === 0) await honestPart();
    if (turn < FORGED) await forgedPart();
  }

  const rows = await shop.log();
  const known = new Set([...honest.map(({ id }) => id), ...orders, ...calls.map((session) => `${session}.0`)]);
  const inLog = rows.filter(({ kind }) => kind === "decision");
  const strangers = rows.filter(({ id }) => !known.has(id));
  const { learner } = learned(rows, new Set(), new Set());
  const trained = await until("all to be learned", async () => {
    const { examples, lag, bounded } = await shop.training();
    const passedOver = Object.values(bounded).reduce((sum, n) => sum + n, 0);
    const published = await shop.model();
    return (lag === 0 && published.manifest.examples === examples && { ...published, examples, passedOver }) || null;
  });
  const same = isSame(trained.model, learner.snapshot(1, snapshotNumber(trained.manifest)).weights);

  console.log(`\n${machine()}, seed ${SEED}\n`);
  console.log(
    markdownTable(
      ["decision under an id that is not the forger's", "posted", "taken", "first reason"],
      [...tried].map(([name, { posted, taken, reason }]) => [name, String(posted), String(taken), reason]),
    ),
  );
  const count = (n: number) => n.toLocaleString("en");
  console.log(
    `\nOf ${count(rewards)} rewards for ids that are not his ${count(rewardsTaken)} were taken. The log has ${count(inLog.length)} decisions, the honest ones, and ${count(trained.examples)} examples were learned, ${count(trained.passedOver)} passed over.`,
  );
  const taken = [...tried.values()].reduce((sum, each) => sum + each.taken, 0);
  if (taken > 0 || rewardsTaken > 0 || strangers.length > 0)
    throw new Error(`taken: ${taken} forged decisions, ${rewardsTaken} rewards; ${strangers.length} rows of nobody`);
  if (inLog.length !== known.size)
    throw new Error(`${inLog.length} decisions are in the log, and ${known.size} honest`);
  if (!same) throw new Error("what is published is not what the log teaches");

  /** A visit's decisions with what the visitor did, and a server's. */
  async function honestPart(): Promise<void> {
    const sessions = await shop.sessions(Math.ceil(BATCH / VISIT));
    const made = sessions.flatMap((session) =>
      Array.from({ length: VISIT }, (_, n) => decide(`${session}.${n}`, `visitor-${visits + (n % 2)}`)),
    );
    visits += sessions.length;
    await shop.post(
      shop.publishable,
      made.map(({ decision }) => decision),
      made.map(({ feedback }) => feedback),
    );
    honest.push(...made.map(({ decision }) => decision));
    const call = { unit: "customer", context: { segment: "new" }, actions: [{ id: "o1", features: { offer: "o1" } }] };
    const order = `order-${orders.length}`;
    await shop.rank({ ...call, id: order });
    orders.push(order);
    calls.push((await shop.rank(call)).id.split(".")[0]!);
  }

  async function forgedPart(): Promise<void> {
    own = await shop.sessions(2 * BATCH);
    const names: string[] = [];
    const decisions: object[] = [];
    for (; decisions.length < BATCH && turn < FORGED; turn++) {
      const [name, make] = kinds[turn % kinds.length]!;
      names.push(name);
      decisions.push(make(workshop));
    }
    for (const withOther of [false, true]) {
      const chosen = names.flatMap((name, i) => ((name === OTHER_KEY) === withOther ? [i] : []));
      const key = withOther ? otherKey : shop.publishable;
      const answer = await shop.batch(key, { decisions: chosen.map((i) => decisions[i]!) });
      const refused = new Map([...answer.rejected, ...answer.unread].map(({ index, problem }) => [index, problem]));
      for (const [at, i] of chosen.entries()) {
        const each = tried.get(names[i]!)!;
        each.posted++;
        const reason = refused.get(at);
        if (reason !== undefined) each.reason ||= reason;
        else if (names[i] === "a replay of what another decided") each.reason ||= "a repeat: nothing is logged again";
        else each.taken++;
      }
    }
    const ids = [...orders.slice(-5), ...calls.slice(-5).map((session) => `${session}x.0`), `order-later-${made}`];
    const feedback = ids.map((id) => ({ format: 2, id, value: random.pick(REWARDS), at: Date.now() }));
    rewards += feedback.length;
    const answer = await shop.batch(shop.publishable, { feedback });
    rewardsTaken += answer.accepted;
  }
} finally {
  await server.remove();
}

function isSame(model: LoadedModel, weights: Float32Array | Float64Array): boolean {
  return Buffer.compare(Buffer.from(model.snapshot.weights.buffer), Buffer.from(weights.buffer)) === 0;
}
