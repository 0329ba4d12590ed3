import { runInDurableObject } from "cloudflare:test";
import { env } from "cloudflare:workers";
import { beforeAll, describe, expect, test, vi } from "vitest";
import {
  adaptive,
  auto,
  bayesian,
  count,
  decayedMean,
  defineModel,
  epsilonGreedy,
  field,
  lastDistinct,
  rank,
  softmax,
  squareCb,
  thompson,
} from "../../shared/contract/define.ts";
import type { DecisionRecord, RankDecision } from "../../shared/contract/record.ts";
import type { ModelSpec } from "../../shared/contract/spec.ts";
import { bucketOf } from "../../shared/decide/assign.ts";
import { fallbackId, fallbackRank } from "../../shared/decide/fallback.ts";
import type { Partition } from "../log/partition.ts";
import { partitionOf } from "../log/route.ts";
import { deployed, send } from "../testing/edge.ts";
import { predictModel, rankModel } from "../testing/models.ts";
import { logged, Page, post } from "../testing/page.ts";
import { CLAIM_YIELD_ACTIONS, PAST_SNAPSHOT_BYTES } from "./limits.ts";
import { pastSnapshots } from "./past-snapshots.ts";

const softly = { policy: softmax({ lambda: 2 }) };
const films = { ...rankModel({}, softly), name: "films" };
const others = { ...rankModel({}, softly), name: "others" };
const intent = predictModel();
const sessions: ModelSpec = defineModel({
  name: "sessions",
  task: rank(),
  features: {
    session: {
      views: count("view", { window: "session" }),
      genres: lastDistinct("view.genre", 2),
      taste: decayedMean("view.content", { halfLife: "1m", size: 2 }),
    },
    action: { genre: field("genre") },
  },
  interactions: [["session", "action"]],
  reward: { wait: "1m", default: null, aggregate: "first" },
  policy: epsilonGreedy({ epsilon: 0.2 }),
  learner: adaptive({ bits: 10 }),
});

let page: Page;
let stale: Page;
let made = 0;
const nextId = (): string => `claims-${made % 8}.${made++}`;
const phone = { device: "phone" };

/** Lets a model learn from a page's decisions, and waits until that is published. */
async function teach(model: string, examples = 40): Promise<Page> {
  const open = await Page.open(model);
  const decisions = Array.from({ length: examples }, () => open.decide(nextId(), phone));
  const feedback = decisions.map((d, i) => ({
    ...{ format: 2, id: d.id, at: Date.now() },
    value: d.task === "rank" ? d.chosen % 2 : i % 2,
  }));
  expect(await post(decisions, feedback)).toEqual({ accepted: 2 * examples, duplicates: 0, rejected: [], unread: [] });
  await vi.waitFor(async () => {
    const { examples: learned } = (await Page.open(model)).manifest;
    if (learned < open.manifest.examples + examples) throw new Error(`${learned} examples are learned`);
  }, 30_000);
  return Page.open(model);
}

beforeAll(async () => {
  await deployed(films, others, intent, sessions);
  stale = await teach("films");
  page = await teach("films");
  await teach("others");
  expect(page.snapshot).toBeGreaterThan(stale.snapshot);
});

/** Leaves no room for any snapshot of before in this isolate's memory, as if it had seen none. */
function forgetSnapshots(): void {
  const weights = new Float32Array(PAST_SNAPSHOT_BYTES / 4);
  const link = "identity";
  pastSnapshots.put({ model: "large", version: 1, number: made++, examples: 0, bits: 20, link, weights });
}

/** What the dead letters say of a decision. */
async function reasons(id: string): Promise<string[]> {
  const partition = env.PARTITION.getByName(partitionOf(id, Number(env.PARTITIONS)));
  return runInDurableObject(partition, (_: Partition, { storage }) =>
    storage.sql
      .exec<{ reason: string }>("SELECT reason FROM dead_letters WHERE id = ?", id)
      .toArray()
      .map(({ reason }) => reason),
  );
}

/** Posts a claim, and expects that it is neither in the log nor forgotten. */
async function expectQuarantined(claim: DecisionRecord, reason: string | RegExp): Promise<void> {
  const { rejected, unread, accepted } = await post([claim]);
  expect({ rejected, unread, accepted }).toMatchObject({
    accepted: 0,
    unread: [],
    rejected: [{ list: "decisions", index: 0, id: claim.id, problem: expect.stringMatching(reason) }],
  });
  expect(await reasons(claim.id)).toEqual([rejected[0]!.problem]);
  expect(await logged([claim.id])).toEqual([]);
}

const next = (x: number): number => {
  const view = new DataView(new ArrayBuffer(8));
  view.setFloat64(0, x);
  view.setBigUint64(0, view.getBigUint64(0) + 1n);
  return view.getFloat64(0);
};
const with0 = <T>(list: readonly T[], change: (x: T) => T): T[] => list.map((x, i) => (i === 0 ? change(x) : x));

type Forge = (honest: RankDecision) => RankDecision;
const forgeries: [what: string, forge: Forge, reason: RegExp][] = [
  [
    "a propensity, by its last bit",
    (d) => ({ ...d, probabilities: with0(d.probabilities, next) }),
    /^probabilities are not what films@1\.\d+ gives$/,
  ],
  [
    "a propensity that makes what was chosen weigh more",
    (d) => {
      const rest = (1 - 1e-3) / (d.actions.length - 1);
      return { ...d, probabilities: d.actions.map((_, i) => (i === d.chosen ? 1e-3 : rest)) };
    },
    /^probabilities are not/,
  ],
  ["a score, by its last bit", (d) => ({ ...d, scores: with0(d.scores, next) }), /^scores are not/],
  ["all scores", (d) => ({ ...d, scores: d.scores.map(() => 1) }), /^scores are not/],
  ["another choice", (d) => ({ ...d, chosen: (d.chosen + 1) % 4 }), /^chosen is not what films@1\.\d+ gives$/],
  ["the best action under another id", (d) => ({ ...d, id: nextId(), chosen: (d.chosen + 1) % 4 }), /^chosen is not/],
  [
    "a context that was another",
    (d) => ({ ...d, context: { device: "desktop" } }),
    /^scores, probabilities(, chosen)? are not/,
  ],
  ["a number beyond all measure in a score", (d) => ({ ...d, scores: with0(d.scores, () => 1e20) }), /^scores are not/],
  [
    "no number in a score",
    (d) => ({ ...d, scores: with0(d.scores, () => Number.NaN) }),
    /^scores\[0\] must be of type number, not null$/,
  ],
  ["actions in another order", (d) => ({ ...d, actions: d.actions.toReversed() }), /are not what/],
  ["an action less", (d) => ({ ...d, actions: d.actions.slice(1) }), /must have one value for each of the 3 actions/],
  [
    "a snapshot that is still to come",
    (d) => ({ ...d, snapshot: d.snapshot + 1000 }),
    /^snapshot is \d+: films@1\.\d+ was never published, or is no longer kept$/,
  ],
  ["a snapshot that never will be", (d) => ({ ...d, snapshot: Number.MAX_SAFE_INTEGER }), /was never published/],
  [
    "a snapshot of before with the figures of a newer one",
    (d) => ({ ...d, snapshot: stale.snapshot }),
    /are not what films@1\.\d+ gives/,
  ],
  [
    "a version that there is not",
    (d) => ({ ...d, version: 7 }),
    /^version is 7, and films has no version of that number$/,
  ],
  ["another model's figures", (d) => ({ ...d, model: "others" }), /others@1\.\d+ (gives|was never published)/],
  ["a prediction's model", (d) => ({ ...d, model: intent.name }), /^task must be predict/],
  ["a model that there is not", (d) => ({ ...d, model: "nobody" }), /^model is not a deployed model$/],
  [
    "to be the edge",
    (d) => ({ ...d, computedBy: { place: "edge", runtime: "native" } }),
    /^computedBy\.place must be browser in a batch$/,
  ],
  [
    "a graph's outputs, where there is no graph",
    (d) => ({ ...d, graph: { x: [1, 2, 3, 4] }, computedBy: { place: "browser", runtime: "wasm" } }),
    /^graph has outputs, and its version has no graph$/,
  ],
  [
    "600 outputs of a graph",
    (d) => ({
      ...d,
      graph: Object.fromEntries(Array.from({ length: 600 }, (_, i) => [`o${i}`, [1, 2, 3, 4]])),
      computedBy: { place: "browser", runtime: "webgpu" },
    }),
    /^graph has outputs, and its version has no graph$/,
  ],
  [
    "a graph's outputs of no graph",
    (d) => ({ ...d, graph: {} }),
    /^computedBy\.runtime is native, and graph has outputs$/,
  ],
  [
    "a graph that ran and gave nothing",
    (d) => ({ ...d, computedBy: { place: "browser", runtime: "wasm" } }),
    /^computedBy\.runtime is wasm, and graph, which it gave, is null$/,
  ],
  [
    "a feature that the spec has not",
    (d) => ({ ...d, sessionFeatures: { wealth: 1 } }),
    /^sessionFeatures\.wealth is no feature of the spec$/,
  ],
  [
    "a feature of the prototype",
    (d) => ({ ...d, profileFeatures: { toString: 1 } }),
    /^profileFeatures\.toString is no feature of the spec$/,
  ],
  [
    "a canary, where there is none",
    (d) => ({ ...d, assignment: { ...d.assignment!, stage: "canary", share: 1 } }),
    /was a canary of 1 in directory \d+, and it was not$/,
  ],
  [
    "a directory that there is not",
    (d) => ({ ...d, assignment: { directory: 1e6, stage: "canary", share: 1 } }),
    /^assignment\.directory is 1000000, and there is none of that number$/,
  ],
  [
    "to be a shadow's",
    (d) => ({ ...d, assignment: { ...d.assignment!, stage: "shadow" } }),
    /^assignment\.stage is shadow: such a version serves nobody$/,
  ],
];

describe("a claim is quarantined that forges", () => {
  test.each(forgeries)("%s", async (_, forge, reason) => {
    const honest = page.rank(nextId(), phone);
    await expectQuarantined(forge(honest), reason);
    // What was forged was good before.
    expect(await post([honest])).toMatchObject({ accepted: 1, rejected: [], unread: [] });
  });

  test("a prediction", async () => {
    const predicting = await Page.open(intent.name);
    for (const forged of [{ value: 0.75 }, { score: next(0.1) }, { value: next(0.5) }]) {
      const honest = predicting.decide(nextId(), phone);
      await expectQuarantined(
        { ...honest, ...forged } as DecisionRecord,
        /^(score|value) is not what predict-\d+@1\.0 gives$/,
      );
      expect(await post([honest])).toMatchObject({ accepted: 1, rejected: [] });
    }
  });

  test("a replay: the same is there once, and under another id there is another draw", async () => {
    const honest = page.rank(nextId(), phone);
    expect(await post([honest, honest])).toMatchObject({ accepted: 1, duplicates: 1 });
    const replays = Array.from({ length: 40 }, () => ({ ...honest, id: nextId() }));
    const { accepted, rejected } = await post(replays);
    // Under some ids the same would have been drawn: those are decisions like any other.
    const drawn = replays.filter((d) => page.rank(d.id, phone).chosen === honest.chosen);
    expect(accepted).toBe(drawn.length);
    expect(rejected.length).toBe(40 - drawn.length);
  });

  test.each([
    ["views", -1, "a whole number from 0, as count gives it"],
    ["views", 0.5, "a whole number from 0, as count gives it"],
    ["views", "many", "a whole number from 0, as count gives it"],
    ["genres", ["a", "b", "c"], "a list of at most 2 texts, as lastDistinct gives it"],
    ["genres", [1, 2], "a list of at most 2 texts, as lastDistinct gives it"],
    ["taste", [1, 2, 3], "2 numbers, or null, as decayedMean gives it"],
    ["taste", "sweet", "2 numbers, or null, as decayedMean gives it"],
  ] as const)("a session feature of another kind: %s %j", async (name, value, words) => {
    const open = await Page.open("sessions");
    const honest = open.rank(nextId(), {});
    const claim = { ...honest, sessionFeatures: { [name]: value } } as unknown as RankDecision;
    await expectQuarantined(claim, `sessionFeatures.${name} must be ${words}`);
  });
});

describe("honest claims are believed", () => {
  test("of every policy and learner, from the first snapshot and from later ones", async () => {
    const specs = [
      rankModel({}, { policy: softmax() }),
      rankModel({}, { policy: squareCb() }),
      rankModel({}, { policy: thompson(), learner: bayesian({ bits: 10 }) }),
      rankModel({}, { learner: auto({ bits: 10 }) }),
      predictModel(),
    ];
    await deployed(...specs);
    for (const { name } of specs) {
      const first = await Page.open(name);
      const second = await teach(name, 20);
      const decisions = [first, second, first].map((open) => open.decide(nextId(), phone));
      expect(await post(decisions)).toEqual({ accepted: 3, duplicates: 0, rejected: [], unread: [] });
    }
  });

  test("of canary and live version by their shares, of shares of before, and of versions that retired", async () => {
    const spec = rankModel();
    await deployed(spec);
    const path = `/v1/models/${spec.name}/versions`;
    const next: ModelSpec = { ...spec, policy: epsilonGreedy({ epsilon: 0.5 }) };
    const placed = async (share: number) => {
      await expect
        .poll(async () => (await Page.open(spec.name)).manifest.canaries.map((canary) => canary.share), {
          timeout: 20_000,
        })
        .toEqual([share]);
      return Page.open(spec.name);
    };
    const alone = await Page.open(spec.name);
    expect((await send("POST", path, { spec: next, stage: "canary", share: 0.6 })).status).toBe(201);
    const wide = await placed(0.6);
    expect((await send("PATCH", `${path}/2`, { stage: "canary", share: 0.2 })).status).toBe(200);
    const narrow = await placed(0.2);
    const units = Array.from({ length: 40 }, (_, i) => `unit-${i}`);
    const decided = [alone, wide, narrow].flatMap((open) => units.map((unit) => open.rank(nextId(), phone, { unit })));
    expect(new Set(decided.map(({ version, assignment }) => `${version} ${assignment!.share}`)).size).toBe(3);
    expect(await post(decided)).toEqual({ accepted: 120, duplicates: 0, rejected: [], unread: [] });

    const [inside, between] = [0.2, 0.6].map(
      (upto, i) => units.find((unit) => bucketOf(spec.name, unit) < upto && bucketOf(spec.name, unit) >= [0, 0.2][i]!)!,
    );
    // Whose bucket is beyond the share of its directory is not served by the canary.
    const taken = { ...narrow.rank(nextId(), phone, { unit: inside! }), unit: between! };
    await expectQuarantined(
      taken,
      /^assignment says that the unit fell to rank-\d+@2, and it is not among its share of 0\.2$/,
    );
    const wished = { ...wide.rank(nextId(), phone, { unit: between! }) };
    await expectQuarantined(
      { ...wished, assignment: { ...wished.assignment!, directory: narrow.manifest.directory } },
      /was a canary of 0\.6 in directory \d+, and it was not$/,
    );
    await expectQuarantined(
      { ...wished, id: nextId(), assignment: { ...wished.assignment!, stage: "live", share: null } },
      /was live, and it never was$/,
    );
    await expectQuarantined({ ...wished, id: nextId(), assignment: null }, /was live, and it never was$/);

    expect((await send("PATCH", `${path}/2`, { stage: "retired" })).status).toBe(200);
    const late = units.map((unit) => wide.rank(nextId(), phone, { unit }));
    expect(await post(late)).toEqual({ accepted: 40, duplicates: 0, rejected: [], unread: [] });
  });
});

describe("what the edge cannot check now comes again", () => {
  test("of more snapshots than one batch has room for", async () => {
    const spec = { ...rankModel({}, { learner: adaptive({ bits: 8 }) }) };
    await deployed(spec);
    const pages: Page[] = [await Page.open(spec.name)];
    while (new Set(pages.map(({ snapshot }) => snapshot)).size < 20) pages.push(await teach(spec.name, 2));
    let claims = pages.map((open) => open.decide(nextId(), phone));
    const total = claims.length;
    let accepted = 0;
    forgetSnapshots();
    let rounds = 0;
    for (; claims.length > 0; rounds++) {
      const answer = await post(claims);
      expect(answer.rejected).toEqual([]);
      for (const { problem, retryAfter } of answer.unread) {
        expect(problem).toContain("more snapshots would have to be looked up");
        expect(retryAfter).toBe(1);
      }
      accepted += answer.accepted;
      claims = answer.unread.map(({ index }) => claims[index]!);
    }
    expect(accepted).toBe(total);
    expect(rounds).toBeGreaterThan(1);
  });

  test("of more features than one batch has room for", async () => {
    const tags = { context: { tags: field("tags") }, action: { tags: field("tags") } };
    const wide = defineModel({
      ...{ name: "wide", task: rank(), features: tags, interactions: [["context", "action", "action"]] },
      ...{ reward: { wait: "1m", default: 0, aggregate: "first" }, policy: epsilonGreedy({ epsilon: 0.2 }) },
      learner: adaptive({ bits: 12 }),
    });
    await deployed(wide);
    const open = await Page.open("wide");
    const strings = (n: number, seed: string) => Array.from({ length: n }, (_, i) => `${seed}${i}`);
    const actions = Array.from({ length: 250 }, (_, i) => ({ id: `a${i}`, features: { tags: strings(32, `${i}-`) } }));
    // Each action makes 64 * 32 * 31 / 2 features, so two of these have room.
    let claims = Array.from({ length: 5 }, () => open.rank(nextId(), { tags: strings(60, "c") }, { actions }));
    const rounds: number[] = [];
    while (claims.length > 0) {
      const answer = await post(claims);
      expect(answer.rejected).toEqual([]);
      for (const { problem, retryAfter } of answer.unread)
        expect([problem, retryAfter]).toEqual([
          expect.stringContaining("more features than are left for this batch"),
          1,
        ]);
      rounds.push(answer.accepted);
      claims = answer.unread.map(({ index }) => claims[index]!);
    }
    expect(rounds).toEqual([2, 2, 1]);
    // What no batch would have room for is refused for good.
    const many = Array.from({ length: 900 }, (_, i) => ({ id: `a${i}`, features: { tags: strings(30, "a") } }));
    const forged = { ...open.rank(nextId(), phone), context: { tags: strings(60, "c") } };
    const uniform = many.map(() => 1 / many.length);
    await expectQuarantined(
      { ...forged, actions: many, scores: many.map(() => 0), probabilities: uniform, chosen: 0 },
      "more features than one call may have",
    );
  });

  test("others have their turn while many are checked", async () => {
    let turns = 0;
    const wait = scheduler.wait.bind(scheduler);
    const waits = vi.spyOn(scheduler, "wait").mockImplementation((ms, options) => {
      // Partitions and trainers wait for turns, too.
      if (new Error().stack?.includes("/check-claims.ts")) turns++;
      return wait(ms, options);
    });
    try {
      const claims = Array.from({ length: 500 }, () => page.decide(nextId(), phone));
      expect(await post(claims)).toMatchObject({ accepted: 500, rejected: [], unread: [] });
      expect(turns).toBe((500 * 4) / CLAIM_YIELD_ACTIONS);
    } finally {
      waits.mockRestore();
    }
  });

  test("and invented snapshots, however many, cost the honest ones in their batch nothing but a round", async () => {
    const honest = page.decide(nextId(), phone);
    const invented = Array.from({ length: 300 }, (_, i) => ({ ...page.decide(nextId(), phone), snapshot: 50_000 + i }));
    const { accepted, rejected, unread } = await post([...invented, honest]);
    expect({ accepted, taken: rejected.length + unread.length }).toEqual({ accepted: 1, taken: 300 });
    expect(await logged(invented.map(({ id }) => id))).toEqual([]);
  });

  test("when the store fails", async () => {
    const spec = rankModel();
    await deployed(spec);
    const first = await Page.open(spec.name);
    await teach(spec.name, 10);
    // The isolate decides with a newer one, and has forgotten the first.
    await vi.waitFor(async () => {
      const answer = await send("POST", `/v1/models/${spec.name}/rank`, { unit: "u", actions: [{ id: "a" }] });
      expect((await answer.json<{ model: string }>()).model).not.toBe(`${spec.name}@1.0`);
    }, 30_000);
    const claim = first.decide(nextId(), phone);
    forgetSnapshots();
    const key = `artifacts/${first.manifest.snapshot.sha256}`;
    const bytes = await (await env.ARTIFACTS.get(key))!.arrayBuffer();
    await env.ARTIFACTS.delete(key);
    expect(await post([claim])).toMatchObject({
      accepted: 0,
      rejected: [],
      unread: [{ id: claim.id, problem: expect.stringMatching(/cannot be checked at the moment/), retryAfter: 5 }],
    });
    expect(await reasons(claim.id)).toEqual([]);
    // A session whose first decisions are to come again: what it decided after them, by what is in the store, is neither taken nor refused before that.
    const { sessions } = await (await send("POST", "/v1/sessions", { count: 1 })).json<{ sessions: [string] }>();
    const second = await Page.open(spec.name);
    const early = Array.from({ length: 40 }, (_, n) => first.decide(`${sessions[0]}.${n}`, phone));
    const late = second.decide(`${sessions[0]}.40`, phone);
    expect((await post(early)).unread).toHaveLength(40);
    expect(await post([late])).toMatchObject({
      unread: [{ id: late.id, problem: expect.stringContaining("would be missing"), retryAfter: 2 }],
      rejected: [],
    });
    expect(await reasons(late.id)).toEqual([]);
    await env.ARTIFACTS.put(key, bytes);
    expect(await post([claim, late, ...early])).toMatchObject({ accepted: 42, rejected: [], unread: [] });
  });
});

describe("a decision that no version made", () => {
  const actions = ["drama", "comedy", "crime"].map((genre) => ({ id: genre, features: { genre } }));
  const call = (id: string) => ({
    ...{ id, model: "films", unit: "visitor", at: Date.now(), context: phone },
    ...{ deferred: false, reason: "timeout" },
  });
  const issue = async () =>
    ((await (await send("POST", "/v1/sessions", { count: 1 })).json()) as { session: string }).session;

  test("is logged with its feedback as what it was, and not learned", async () => {
    const session = await issue();
    const slots = fallbackRank({ ...call(fallbackId(session, "0a1b")), session }, actions, [{}, {}]);
    const before = (await Page.open("films")).manifest.examples;
    const feedback = slots.map(({ id }) => ({ format: 2, id, value: 1, at: Date.now(), final: true }));
    expect(await post(slots, feedback)).toEqual({ accepted: 4, duplicates: 0, rejected: [], unread: [] });
    expect(await logged(slots.map(({ id }) => id))).toHaveLength(2);
    // What comes after it is learned, and it is not.
    await teach("films", 8);
    expect((await Page.open("films")).manifest.examples).toBe(before + 8);
  });

  test("is refused where it says what such a decision cannot say", async () => {
    const [fallback] = fallbackRank(call("claims-1.f1"), actions);
    const forged: [Partial<RankDecision>, RegExp][] = [
      [
        { chosen: 1, probabilities: [0, 1, 0] },
        /^scores, probabilities and chosen are not what the caller's own order gives$/,
      ],
      [{ probabilities: [0.5, 0.5, 0] }, /^scores, probabilities and chosen/],
      [{ scores: [1, 0, 0] }, /^scores, probabilities and chosen/],
      [{ snapshot: 3 }, /^version and snapshot .* must be 0$/],
      [{ sessionFeatures: { views: 1 } }, /^sessionFeatures/],
      [{ computedBy: { place: "browser", runtime: "none" } }, /^computedBy.reason/],
      [{ computedBy: { place: "browser", runtime: "native" } }, /^version is 0/],
    ];
    for (const [i, [forgery, reason]] of forged.entries())
      await expectQuarantined({ ...fallback!, id: `claims-1.f1${i}`, ...forgery }, reason);
    const honest = page.rank(nextId(), phone);
    await expectQuarantined({ ...honest, computedBy: fallback!.computedBy }, /runtime is none/);
  });

  test("takes no draw of its session, and a draw cannot be passed off as one", async () => {
    const session = await issue();
    const [draw] = fallbackRank(call(`${session}.0`), actions);
    await expectQuarantinedById(draw!, /no draw of its session/);
    const decided = page.rank(fallbackId(session, "1"), phone);
    await expectQuarantinedById(decided, /must be <session>\.<n>/);
  });

  async function expectQuarantinedById(claim: DecisionRecord, reason: RegExp): Promise<void> {
    const { rejected, accepted } = await post([claim]);
    expect({ rejected, accepted }).toMatchObject({
      accepted: 0,
      rejected: [{ problem: expect.stringMatching(reason) }],
    });
    expect(await logged([claim.id])).toEqual([]);
  }
});
