import { FixtureRandom } from "../conformance/random.ts";
import { finished, run, Server } from "../e2e/server.ts";
import { until } from "../e2e/until.ts";
import { buildForTests } from "../scripts/test-build.ts";
import { sessionOf } from "../shared/contract/issued-session.ts";
import { PER_HOUR } from "../shared/contract/per-hour.ts";
import { snapshotNumber } from "../shared/contract/snapshot-number.ts";
import { machine } from "./machine.ts";
import { markdownTable } from "./markdown.ts";
import { learned, Shop } from "./shop/shop.ts";
import { GAP, spec, visit, wayToBest } from "./shop/world.ts";

/**
 * `node bench/poison.ts [SESSIONS] [HONEST] [SEED]`: how far hostile sessions with the key of the pages move a model, whose records are all as they could be: by the policy's
 * own draws, with rewards of 1 for what they want shown and 0 for all else. The model has learned HONEST examples, and honest pages send as many again in the hour of the attack. Then
 * honest decisions heal it, until it is nearly as good as before; and `edgewise exclude`, after which it has to have, to the bit, what a log without the hostile gives.
 *
 * One real server with one partition, so that the order of the log is the order of learning. What is learned before and after the attack comes with a secret key, which no bound
 * counts: as if it were in other hours.
 */

const SESSIONS = Number(process.argv[2] ?? 1000);
const HONEST = Number(process.argv[3] ?? 10_000);
const SEED = Number(process.argv[4] ?? 1);
/** Decisions of one hostile session: all that it may have, or more than it gets when there are many. */
const EACH = Math.min(PER_HOUR.session, Math.ceil(40_000 / SESSIONS));
/** Decisions of an honest visit (shared/data: eshop_clothing_2008 has 6.9 clicks a visit). */
const VISIT = 7;
/** Decisions of one message, with a feedback each: an envelope has at most 500 items. */
const BATCH = 250;
/** As good as before, this part of it. */
const HEALED = 0.95;
const LOOKS = 10;

const random = new FixtureRandom(SEED);
/** How long learning again may take, ms: others come first meanwhile. */
const RELEARNING = 600_000;

await buildForTests();
const server = await Server.create();
await server.start({ PARTITIONS: "1" });
const shop = new Shop(server.url);
try {
  await shop.open();
  let sent = 0;
  /** Sends decisions under ids, by the newest snapshot. */
  const send = async (key: string, ids: readonly string[], hostile: (id: string) => boolean): Promise<void> => {
    for (let from = 0; from < ids.length; from += BATCH) {
      const { model, manifest } = await shop.model();
      const { stage, share, directory } = manifest;
      const visits = ids.slice(from, from + BATCH).map((id) => {
        const who = { id, unit: id.slice(0, id.indexOf(".")) };
        return visit(model, { stage, share, directory }, who, { random, hostile: hostile(id) });
      });
      await shop.post(
        key,
        visits.map(({ decision }) => decision),
        visits.map(({ feedback }) => feedback),
      );
      sent += visits.length;
    }
  };
  const nobody = () => false;
  /** The way to best of what is published when all that was sent is learned, or passed over. */
  const way = async (): Promise<number> => {
    await until("all to be learned", async () => {
      const { examples, lag, bounded } = await shop.training();
      const all = examples + Object.values(bounded).reduce((sum, n) => sum + n, 0);
      return (lag === 0 && all === sent && (await shop.model()).manifest.examples === examples) || null;
    });
    return wayToBest((await shop.model()).model);
  };
  const rounds = (count: number, name: string, n: number): string[] =>
    Array.from({ length: count }, (_, i) => `${name}-${Math.floor(i / n)}.${i % n}`);

  await send(shop.secret, rounds(HONEST, "before", VISIT), nobody);
  const before = await way();

  const hostile = new Set(await shop.sessions(SESSIONS));
  const honest = await shop.sessions(Math.ceil(HONEST / VISIT));
  const hour = Math.floor(Date.now() / 3_600_000);
  const theirs = Array.from({ length: EACH }, (_, n) => [...hostile].map((session) => `${session}.${n}`)).flat();
  const ours = honest.flatMap((session) => Array.from({ length: VISIT }, (_, n) => `${session}.${n}`));
  const isHostile = (id: string) => hostile.has(sessionOf(id));
  const during: number[] = [];
  for (let look = 0; look < LOOKS; look++) {
    const part = <T>(all: readonly T[]) =>
      all.slice(Math.floor((look * all.length) / LOOKS), Math.floor(((look + 1) * all.length) / LOOKS));
    await send(shop.publishable, mixed(part(theirs), part(ours)), isHostile);
    during.push(await way());
  }
  if (Math.floor(Date.now() / 3_600_000) !== hour)
    throw new Error("the attack went on into another hour: run it again");
  const { counts } = learned(await shop.log(), new Set(), hostile);
  const share = counts.hostile / (counts.hostile + counts.honest - HONEST);

  let healed = 0;
  let after = during.at(-1)!;
  while (after < HEALED * before && healed < 10 * HONEST) {
    await send(shop.secret, rounds(2500, `after-${healed}`, VISIT), nobody);
    healed += 2500;
    after = await way();
  }

  const started = performance.now();
  const rows = await shop.log();
  const without = learned(rows, hostile, new Set());
  await finished(
    run(
      [
        "cli/start.js",
        "exclude",
        spec.name,
        ...[...hostile].map((session) => `--session=${session}`),
        "--url",
        server.url,
      ],
      {
        EDGEWISE_KEY: shop.secret,
      },
    ),
  );
  await until(
    "the version to have learned without them",
    async () => {
      const { examples, lag } = await shop.training();
      const { manifest } = await shop.model();
      return (lag === 0 && examples === without.learner.examples && manifest.examples === examples) || null;
    },
    RELEARNING,
  );
  const { model, manifest } = await shop.model();
  const expected = without.learner.snapshot(1, snapshotNumber(manifest)).weights;
  if (Buffer.compare(Buffer.from(model.snapshot.weights.buffer), Buffer.from(expected.buffer)) !== 0)
    throw new Error("what was learned without the hostile sessions is not what a log without them gives");

  const all = SESSIONS * PER_HOUR.session;
  const whole = (x: number) => Math.round(x).toLocaleString("en");
  console.log(`\n${machine()}, seed ${SEED}\n`);
  console.log(
    markdownTable(
      ["", `${whole(SESSIONS)} hostile sessions`],
      [
        ["examples before", whole(HONEST)],
        ["honest examples in the hour: sent, learned", `${whole(ours.length)}, ${whole(counts.honest - HONEST)}`],
        ["hostile ones: sent, learned", `${whole(theirs.length)}, ${whole(counts.hostile)}`],
        ["bound, N S / (1 + N S / H)", whole(all / (1 + all / PER_HOUR.all))],
        ["share of the hour that was hostile", share.toFixed(2)],
        ["share at which the best of a segment turns", (GAP / (1 + GAP)).toFixed(2)],
        ["way to best before", before.toFixed(3)],
        ["during, at each tenth", during.map((x) => x.toFixed(2)).join(" ")],
        [
          `honest examples until ${HEALED} of it is back`,
          after < HEALED * before ? `more than ${whole(healed)}` : whole(healed),
        ],
        ["way to best after them", after.toFixed(3)],
        ["after `edgewise exclude`", wayToBest(model).toFixed(3)],
      ],
    ),
  );
  console.log(
    `\nAfter \`edgewise exclude\` the weights are, to the bit, those of a log without them (${whole(manifest.examples)} examples, ${((performance.now() - started) / 1000).toFixed(0)} s).`,
  );
} finally {
  await server.remove();
}

/** Two lists as one, evenly mixed, each in its order. */
function mixed<T>(some: readonly T[], others: readonly T[]): T[] {
  const all = [
    ...some.map((x, i) => [i / some.length, x] as const),
    ...others.map((x, i) => [i / others.length, x] as const),
  ];
  return all.sort(([a], [b]) => a - b).map(([, x]) => x);
}
