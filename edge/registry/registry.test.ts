import { evictDurableObject, runInDurableObject } from "cloudflare:test";
import { env } from "cloudflare:workers";
import { describe, expect, test } from "vitest";
import { type Directory, directory as directorySchema } from "../../shared/contract/directory.ts";
import { type Manifest, manifest as manifestSchema } from "../../shared/contract/manifest.ts";
import type { Problem } from "../../shared/contract/problem.ts";
import { snapshotNumber } from "../../shared/contract/snapshot-number.ts";
import type { ModelSpec } from "../../shared/contract/spec.ts";
import { assign } from "../../shared/decide/assign.ts";
import { decodeSnapshot } from "../../shared/heads/snapshot.ts";
import type { Env } from "../env.ts";
import { readDirectory } from "../storage/directory.ts";
import { readDirectoryPointer } from "../storage/pointers.ts";
import { readSnapshot } from "../storage/snapshots.ts";
import { deployed, fetchEdge, send } from "../testing/edge.ts";
import { predictModel, rankModel } from "../testing/models.ts";
import { copyOf, lose, putBack } from "../testing/older-copy.ts";
import { rankRecord } from "../testing/records.ts";
import type { ModelVersions, RegisteredVersion, Wish } from "./messages.ts";
import type { Registry } from "./registry.ts";

const patience = { timeout: 30_000, interval: 20 };

const registry = () => env.REGISTRY.getByName("registry");
const json = async <T>(response: Promise<Response>): Promise<T> => (await response).json();

const deploy = (spec: ModelSpec, wish: Partial<Wish> = {}) =>
  json<RegisteredVersion & { created: boolean }>(send("POST", `/v1/models/${spec.name}/versions`, { spec, ...wish }));
const change = (model: string, version: number, wish: object) =>
  send("PATCH", `/v1/models/${model}/versions/${version}`, wish);
const rollback = (model: string) => send("POST", `/v1/models/${model}/rollback`, {});
const versionsOf = (model: string) => json<ModelVersions>(fetchEdge(`/v1/models/${model}/versions`));
const directory = async (): Promise<Directory> => directorySchema.parse(await json(fetchEdge("/v1/directory")));
const manifest = async (model: string): Promise<Manifest> =>
  manifestSchema.parse(await json(fetchEdge(`/v1/models/${model}`)));

/** `live, shadow to be live`: what the versions of a model are, by the registry. */
const stages = async (model: string): Promise<string> =>
  (await versionsOf(model)).versions
    .map(({ stage, wanted }) => `${stage}${wanted ? ` to be ${wanted.stage}` : ""}`)
    .join(", ");
/** The same by the newest directory. */
const served = async (model: string): Promise<string> =>
  ((await readDirectory(env))?.models[model]?.versions ?? [])
    .map(({ version, stage }) => `${version} ${stage}`)
    .join(", ");

const variant = (spec: ModelSpec, reward: Partial<ModelSpec["reward"]>): ModelSpec => ({
  ...spec,
  reward: { ...spec.reward, ...reward },
});

/** Which version decides for a unit, of a call to the edge. */
async function decides(model: string, unit = "v"): Promise<string> {
  const actions = [{ id: "a" }, { id: "b" }];
  const { model: label } = await json<{ model: string }>(send("POST", `/v1/models/${model}/rank`, { unit, actions }));
  return label;
}

/** Puts decisions with two rewards each, 1 and 2, into the log. */
async function feed(model: string, n: number): Promise<void> {
  const now = Date.now();
  const ids = Array.from({ length: n }, (_, i) => `${model}${i % 5}.${i}`);
  const response = await send("POST", "/v1/batch", {
    sentAt: now,
    decisions: ids.map((id) => rankRecord(model, id, now - 1000)),
    feedback: ids.flatMap((id) => [
      { id, value: 1, at: now - 900 },
      { id, value: 2, at: now - 800, final: true },
    ]),
  });
  expect(await response.json()).toMatchObject({ accepted: 3 * n });
}

describe("deploying", () => {
  test("makes the first version live at once, and the same spec is the same version", async () => {
    const spec = rankModel();
    const before = (await directory()).number;
    expect(await deploy(spec)).toMatchObject({ version: 1, stage: "live", wanted: null, created: true, ready: true });
    expect(await served(spec.name)).toBe("1 live");
    expect((await directory()).number).toBeGreaterThan(before);
    expect((await manifest(spec.name)).version).toBe(1);
    const again = await send("POST", `/v1/models/${spec.name}/versions`, { spec, stage: "shadow" });
    expect([again.status, await again.json()]).toMatchObject([200, { version: 1, stage: "live", created: false }]);
  });

  test("fills in what a spec leaves out, and says of each field what is wrong with it", async () => {
    const { policy: _, learner: __, interactions: ___, ...short } = rankModel();
    const response = await send("POST", `/v1/models/${short.name}/versions`, { spec: short });
    expect(response.status).toBe(201);
    expect((await manifest(short.name)).spec.learner).toEqual({ type: "auto", bits: 18 });
    const bad = {
      ...short,
      reward: { wait: 5, default: 0, aggregate: "first" },
      features: { action: { x: { op: "no" } } },
    };
    for (const [body, fields] of [
      [{ spec: bad }, ["body.spec.features.action.x.op", "body.spec.reward.wait"]],
      [{ spec: { ...short, name: "other" } }, ["body.spec.name"]],
      [{ spec: 7 }, ["body.spec"]],
      [{}, ["body.spec"]],
      [{ spec: short, stage: "retired" }, ["body.stage"]],
      [{ spec: short, stage: "canary" }, ["body.share"]],
      [{ spec: short, stage: "live", share: 0.5 }, ["body.share"]],
      [{ spec: short, stage: "canary", share: 2 }, ["body.share"]],
    ] as const) {
      const refused = await send("POST", `/v1/models/${short.name}/versions`, body);
      const { errors } = (await refused.json()) as Problem;
      expect([refused.status, errors!.map(({ field }) => field).sort()]).toEqual([400, [...fields].sort()]);
    }
  });

  test("never changes a model's task", async () => {
    const spec = rankModel();
    await deployed(spec);
    const response = await send("POST", `/v1/models/${spec.name}/versions`, {
      spec: { ...predictModel(), name: spec.name },
    });
    expect([response.status, await response.json()]).toMatchObject([409, { errors: [{ field: "body.spec.task" }] }]);
    expect(await stages(spec.name)).toBe("live");
  });

  test("of a version whose trainer cannot begin keeps that one out, and holds up no other", async () => {
    const [spec, other] = [rankModel(), rankModel()];
    await deployed(spec);
    // Somebody has told that trainer of another spec before.
    await env.TRAINER.getByName(`${spec.name}@2`).configure({
      ...{ model: spec.name, version: 2, stage: "shadow", directory: 0 },
      spec: JSON.stringify(spec),
    });
    const stuck = await deploy(variant(spec, { aggregate: "max" }));
    expect(stuck).toMatchObject({ version: 2, ready: false, stage: "shadow", wanted: { stage: "live" } });
    expect(stuck.problem).toContain("a version never changes");
    expect(await served(spec.name)).toBe("1 live");
    await deployed(other);
    expect(await served(other.name)).toBe("1 live");
    await deploy(variant(spec, { aggregate: "min" }), { stage: "shadow" });
    expect(await served(spec.name)).toBe("1 live, 3 shadow");
    expect((await change(spec.name, 2, { stage: "retired" })).status).toBe(200);
    expect(await stages(spec.name)).toBe("live, retired, shadow");
  });
});

test("a rule is corrected, promoted when it has caught up, and rolled back at once in warm isolates, in both directions", async () => {
  const spec = rankModel({ aggregate: "sum", wait: "1h" });
  await deployed(spec);
  await feed(spec.name, 20);
  await expect.poll(async () => (await manifest(spec.name)).examples, patience).toBe(20);
  expect((await manifest(spec.name)).meanFeedback).toBe(3);
  expect(await decides(spec.name)).toMatch(new RegExp(`^${spec.name}@1\\.`));

  expect(await deploy(variant(spec, { aggregate: "max", wait: "1h" }))).toMatchObject({ version: 2, stage: "shadow" });
  await expect.poll(() => stages(spec.name), patience).toBe("shadow, live");
  expect(await manifest(spec.name)).toMatchObject({ version: 2, examples: 20, meanFeedback: 2 });
  await expect.poll(() => decides(spec.name), patience).toMatch(new RegExp(`^${spec.name}@2\\.`));

  for (const [act, version, meanFeedback] of [
    [() => rollback(spec.name), 1, 3],
    [() => change(spec.name, 2, { stage: "live" }), 2, 2],
    [() => rollback(spec.name), 1, 3],
  ] as const) {
    expect(await (await act()).json()).toMatchObject({ version, stage: "live", wanted: null });
    // The very next call of the isolate that made the change.
    const [made, snapshot] = (await decides(spec.name))
      .slice(spec.name.length + 1)
      .split(".")
      .map(Number);
    expect(made).toBe(version);
    const now = await manifest(spec.name);
    expect(now).toMatchObject({ version, examples: 20, meanFeedback });
    expect(snapshot).toBe(snapshotNumber(now));
    expect(snapshot).toBeGreaterThan(0);
  }
  const { history } = await versionsOf(spec.name);
  expect(history.map(({ version, what }) => `${version} ${what}`).slice(0, 2)).toEqual([
    "2 shadow: version 1 is live",
    "1 live again: rolled back from version 2",
  ]);
});

test("who has slept through a rollback hears of it", async () => {
  const spec = rankModel();
  await deployed(spec);
  await deploy(variant(spec, { aggregate: "max" }));
  await expect.poll(() => stages(spec.name), patience).toBe("shadow, live");
  await expect.poll(() => decides(spec.name), patience).toMatch("@2.");
  // Another isolate asks the registry: this one is told nothing.
  await registry().rollback(spec.name);
  await expect.poll(() => decides(spec.name), patience).toMatch("@1.");
});

describe("what cannot be", () => {
  test("says what can", async () => {
    const spec = rankModel();
    await deployed(spec);
    await deploy(variant(spec, { aggregate: "max" }), { stage: "shadow" });
    await deploy(variant(spec, { aggregate: "min" }), { stage: "shadow" });
    expect((await change(spec.name, 2, { stage: "canary", share: 0.2 })).status).toBe(200);
    for (const [request, status, field, words] of [
      [change(spec.name, 1, { stage: "retired" }), 409, "body.stage", "Make another one live first, or roll back"],
      [change(spec.name, 3, { stage: "canary", share: 0.1 }), 409, "body.stage", "version 2 is"],
      [change(spec.name, 9, { stage: "live" }), 404, "path.version", "there is no 9"],
      [change("nobody", 1, { stage: "live" }), 404, "path.model", "there is no nobody"],
      [change(spec.name, 1, { stage: "canary" }), 400, "body.share", "which part of the units"],
      [change(spec.name, 1, { stage: "shadow", share: 0.1 }), 400, "body.share", "is for a canary only"],
      [change(spec.name, 1, { stage: "best" }), 400, "body.stage", ""],
      [change(spec.name, 1, {}), 400, "body.stage", "expected one of"],
      [rollback(spec.name), 409, "path.model", "before version 1 none was live"],
      [rollback("nobody"), 404, "path.model", "there is no nobody"],
      [fetchEdge("/v1/models/nobody/versions"), 404, "path.model", ""],
      [fetchEdge(`/v1/models/${spec.name}/versions/9/snapshots/0`), 404, "path.version", ""],
      [fetchEdge(`/v1/models/${spec.name}/versions/1/snapshots/99`), 404, "path.snapshot", "is not kept"],
      [fetchEdge(`/v1/models/${spec.name}/versions/1/snapshots/x`), 400, "path.snapshot", ""],
    ] as const) {
      const response = await request;
      const { errors } = (await response.json()) as Problem;
      expect([response.status, errors]).toMatchObject([status, [{ field, message: expect.stringContaining(words) }]]);
    }
    expect(await stages(spec.name)).toMatch(/^live, (canary|shadow to be canary), shadow$/);
  });
});

test("units keep their version, and a canary that grows keeps its units", async () => {
  const spec = rankModel();
  await deployed(spec);
  await deploy(variant(spec, { aggregate: "max" }), { stage: "canary", share: 0.3 });
  await expect.poll(() => served(spec.name), patience).toBe("1 live, 2 canary");
  await expect.poll(() => decides(spec.name, "warm"), patience).toBeTruthy();
  const units = Array.from({ length: 60 }, (_, i) => `unit ${i}`);
  const chosen = async () => {
    const labels: string[] = [];
    for (const unit of units) labels.push((await decides(spec.name, unit)).split(/[@.]/)[1]!);
    return labels;
  };
  const expected = (versions: Directory["models"][string]["versions"]) =>
    units.map((unit) => String(assign(spec.name, unit, versions)!.version));
  const { versions } = (await directory()).models[spec.name]!;
  await expect.poll(chosen, patience).toEqual(expected(versions));
  const before = await chosen();
  expect(new Set(before)).toEqual(new Set(["1", "2"]));
  expect((await change(spec.name, 2, { stage: "canary", share: 0.6 })).status).toBe(200);
  const after = await chosen();
  expect(after.filter((version) => version === "2").length).toBeGreaterThan(
    before.filter((version) => version === "2").length,
  );
  units.forEach((_, i) => {
    if (before[i] === "2") expect(after[i]).toBe("2");
  });
  const now = await manifest(spec.name);
  expect(now).toMatchObject({ version: 1, stage: "live", canaries: [{ version: 2, stage: "canary", share: 0.6 }] });
});

test("a snapshot that is kept comes whole, bit for bit", async () => {
  const spec = rankModel();
  await deployed(spec);
  await feed(spec.name, 20);
  await expect.poll(async () => (await manifest(spec.name)).examples, patience).toBe(20);
  const now = await manifest(spec.name);
  const number = snapshotNumber(now);
  const response = await fetchEdge(`/v1/models/${spec.name}/versions/1/snapshots/${number}`);
  expect(response.headers.get("cache-control")).toContain("immutable");
  const snapshot = decodeSnapshot(new Uint8Array(await response.arrayBuffer()));
  expect(snapshot).toEqual(await readSnapshot(env.ARTIFACTS, now));
  const first = await fetchEdge(`/v1/models/${spec.name}/versions/1/snapshots/0`);
  expect(decodeSnapshot(new Uint8Array(await first.arrayBuffer()))).toMatchObject({ number: 0, examples: 0 });
});

test("pages of before find in a manifest what they read", async () => {
  const spec = rankModel();
  await deployed(spec);
  expect(await json(fetchEdge(`/v1/models/${spec.name}`))).toMatchObject({
    ...{ model: spec.name, version: 1, stage: "live", spec, graph: null, examples: 0 },
    ...{ progressiveLoss: null, meanFeedback: null },
    snapshot: {
      number: 0,
      url: expect.stringContaining("/v1/artifacts/"),
      sha256: expect.any(String),
      bytes: expect.any(Number),
    },
  });
});

describe("after a start", () => {
  test("the registry goes on waiting for a version to catch up", async () => {
    const spec = rankModel({ wait: "1h" });
    await deployed(spec);
    await registry().deploy(await callOf(variant(spec, { aggregate: "max" })));
    await evictDurableObject(registry());
    await expect.poll(() => served(spec.name), patience).toBe("1 shadow, 2 live");
  });

  test("the pointer is written again when the store has lost it", async () => {
    const spec = rankModel();
    await deployed(spec);
    const pointer = (await readDirectoryPointer(env.ARTIFACTS))!;
    await env.ARTIFACTS.delete("pointers/directory");
    await env.ARTIFACTS.delete(`artifacts/${pointer.sha256}`);
    await evictDurableObject(registry());
    await registry().versions(spec.name);
    await expect.poll(() => readDirectoryPointer(env.ARTIFACTS), patience).toEqual(pointer);
    expect(await served(spec.name)).toBe("1 live");
  });

  test("the registry rises above a pointer that is ahead of it", async () => {
    const spec = rankModel();
    await deployed(spec);
    const pointer = (await readDirectoryPointer(env.ARTIFACTS))!;
    const ahead = { ...pointer, number: pointer.number + 100, sha256: "0".repeat(64) };
    await env.ARTIFACTS.put("pointers/directory", JSON.stringify(ahead));
    await evictDurableObject(registry());
    await registry().versions(spec.name);
    await expect
      .poll(async () => (await readDirectoryPointer(env.ARTIFACTS))!.number, patience)
      .toBe(pointer.number + 101);
    expect(await served(spec.name)).toBe("1 live");
  });
});

describe("what was lost comes back", () => {
  const trainer = (model: string, version: number) => env.TRAINER.getByName(`${model}@${version}`);
  const examples = async (model: string, version: number) => (await trainer(model, version).status()).examples;
  test("to a trainer: it is told again, and learns the log again", async () => {
    const spec = rankModel();
    await deployed(spec);
    await feed(spec.name, 20);
    await expect.poll(() => examples(spec.name, 1), patience).toBe(20);
    const before = snapshotNumber(await manifest(spec.name));
    const snapshots = async () =>
      Promise.all(Array.from({ length: before + 1 }, (_, number) => trainer(spec.name, 1).snapshotOf(number)));
    const published = await snapshots();
    expect(published.every((kept) => kept !== null)).toBe(true);
    await lose(trainer(spec.name, 1));
    await expect.poll(() => examples(spec.name, 1).catch(() => null), patience).toBe(20);
    await expect.poll(async () => (await manifest(spec.name)).examples, patience).toBe(20);
    expect(snapshotNumber(await manifest(spec.name))).toBeGreaterThan(before);
    // It knows what it had published: pages that decided by that are believed.
    expect(await snapshots()).toEqual(published);
    const at = Date.now();
    const record = { ...rankRecord(spec.name, "late.0", at), snapshot: 0 };
    const late = await send("POST", "/v1/batch", { format: 2, sentAt: at, decisions: [record] });
    expect(await late.json()).toMatchObject({ accepted: 1, rejected: [] });
  });

  test("to the registry: it begins with the directory that is in the store, and gives no number twice", async () => {
    const [spec, other] = [rankModel(), rankModel()];
    await deployed(spec);
    await deploy(variant(spec, { aggregate: "max" }), { stage: "shadow" });
    await deploy(variant(spec, { aggregate: "last" }), { stage: "shadow" });
    expect((await change(spec.name, 3, { stage: "retired" })).status).toBe(200);
    const before = await directory();
    await lose(registry());
    await deployed(other);
    const after = await directory();
    expect(after.number).toBeGreaterThan(before.number);
    expect(after.models).toMatchObject(before.models);
    expect(after.models[other.name]!.versions).toMatchObject([{ version: 1, stage: "live" }]);
    expect(await deploy(variant(spec, { aggregate: "mean" }), { stage: "shadow" })).toMatchObject({ version: 4 });
    expect(await deploy(variant(spec, { aggregate: "max" }))).toMatchObject({ version: 2, created: false });
  });

  describe("of exclusions", () => {
    const path = (model: string) => `/v1/models/${model}/exclusions`;
    const excluded = async (model: string) =>
      ((await (await fetchEdge(path(model))).json()) as { exclusions: { number: number }[] }).exclusions;
    const learned = async (model: string) => {
      const { examples: n, excluded: passedOver } = await trainer(model, 1).status();
      return [n, passedOver];
    };

    test("all, to a registry and to trainers that have lost everything", async () => {
      const spec = rankModel();
      await deployed(spec);
      await feed(spec.name, 20);
      await expect.poll(() => learned(spec.name), patience).toEqual([20, 0]);
      for (const unit of ["nobody", "visitor"])
        expect((await send("POST", path(spec.name), { unit })).status).toBe(201);
      expect((await fetchEdge(`${path(spec.name)}/1`, { method: "DELETE" })).status).toBe(200);
      await expect.poll(() => learned(spec.name), patience).toEqual([0, 20]);
      const before = await excluded(spec.name);
      expect(before).toMatchObject([{ endedAt: expect.any(Number) }, { unit: "visitor", endedAt: null }]);

      await lose(registry());
      expect(await excluded(spec.name)).toEqual(before);
      await lose(trainer(spec.name, 1));
      await expect.poll(() => learned(spec.name).catch(() => null), patience).toEqual([0, 20]);
      // What is excluded from now on has another number than what was.
      await send("POST", path(spec.name), { session: "other" });
      expect((await excluded(spec.name)).map(({ number }) => number)).toEqual([1, 2, 3]);
    });

    test("those that are later, to a registry of an older state", async () => {
      const spec = rankModel();
      await deployed(spec);
      await feed(spec.name, 20);
      expect((await send("POST", path(spec.name), { unit: "visitor" })).status).toBe(201);
      await expect.poll(() => learned(spec.name), patience).toEqual([0, 20]);
      await runInDurableObject(registry(), (_: Registry, { storage }) => {
        storage.sql.exec("DELETE FROM exclusions WHERE model = ?", spec.name);
      });
      await evictDurableObject(registry());
      expect((await send("POST", path(spec.name), { session: "other" })).status).toBe(201);
      expect(await excluded(spec.name)).toMatchObject([
        { number: 1, unit: "visitor" },
        { number: 2, session: "other" },
      ]);
      await expect.poll(() => learned(spec.name), patience).toEqual([0, 20]);
    });

    test("those that the registry has, to a store that has lost them", async () => {
      const spec = rankModel();
      await deployed(spec);
      expect((await send("POST", path(spec.name), { unit: "visitor" })).status).toBe(201);
      const key = `pointers/exclusions/${spec.name}`;
      expect(await env.ARTIFACTS.head(key)).not.toBeNull();
      await env.ARTIFACTS.delete(key);
      await evictDurableObject(registry());
      await registry().versions(spec.name);
      await expect.poll(() => env.ARTIFACTS.head(key), patience).not.toBeNull();
    });
  });

  test("to a registry of an older state: trainers and pages are told what it says", async () => {
    const spec = rankModel();
    await deployed(spec);
    await deploy(variant(spec, { aggregate: "max" }), { stage: "shadow" });
    const older = await copyOf(registry(), ["models", "versions", "history", "directories", "effects"]);
    expect((await change(spec.name, 2, { stage: "live" })).status).toBe(200);
    await expect.poll(() => served(spec.name), patience).toBe("1 shadow, 2 live");
    expect((await change(spec.name, 1, { stage: "retired" })).status).toBe(200);
    expect(await trainer(spec.name, 1).status()).toMatchObject({ stage: "retired" });
    await putBack(registry(), older);
    await registry().versions(spec.name);
    await expect.poll(() => served(spec.name), patience).toBe("1 live, 2 shadow");
    await expect.poll(async () => (await trainer(spec.name, 1).status()).stage, patience).toBe("live");
    await feed(spec.name, 20);
    await expect.poll(() => examples(spec.name, 1), patience).toBe(20);
  });

  test("to a registry of an older state: versions that came since are known again, and retired where others serve", async () => {
    const spec = rankModel();
    await deployed(spec);
    const older = await copyOf(registry(), ["models", "versions", "history", "directories", "effects"]);
    await deploy(variant(spec, { aggregate: "max" }), { stage: "shadow" });
    expect((await change(spec.name, 2, { stage: "live" })).status).toBe(200);
    await expect.poll(() => served(spec.name), patience).toBe("1 shadow, 2 live");
    const other = rankModel();
    await deployed(other);
    await putBack(registry(), older);
    await registry().versions(spec.name);
    await expect.poll(() => served(spec.name), patience).toBe("1 live");
    await expect.poll(() => served(other.name), patience).toBe("1 live");
    await expect.poll(async () => (await trainer(spec.name, 2).status()).stage, patience).toBe("retired");
    const { versions } = (await registry().versions(spec.name))!;
    expect(versions.map(({ version, stage }) => `${version} ${stage}`)).toEqual(["1 live", "2 retired"]);
    expect((await change(spec.name, 2, { stage: "live" })).status).toBe(200);
    await expect.poll(() => served(spec.name), patience).toBe("1 shadow, 2 live");
  });

  test("to a trainer of which an older copy is put back: what it is not to learn, and its stage", async () => {
    const spec = rankModel();
    await deployed(spec);
    await deploy(variant(spec, { aggregate: "max" }), { stage: "shadow" });
    await feed(spec.name, 20);
    await expect.poll(() => examples(spec.name, 2), patience).toBe(20);
    const older = await copyOf(trainer(spec.name, 2));
    expect((await change(spec.name, 2, { stage: "live" })).status).toBe(200);
    const excluding = await send("POST", `/v1/models/${spec.name}/exclusions`, { unit: "visitor" });
    expect(excluding.status).toBe(201);
    await expect.poll(() => examples(spec.name, 2), patience).toBe(0);
    await putBack(trainer(spec.name, 2), older);
    await expect
      .poll(async () => {
        const { stage, examples: learned, excluded } = await trainer(spec.name, 2).status();
        return { stage, learned, excluded };
      }, patience)
      .toEqual({ stage: "live", learned: 0, excluded: 20 });
  });

  test("to the store: the specs of all versions are written again", async () => {
    const spec = rankModel();
    await deployed(spec);
    const { sha256 } = (await directory()).models[spec.name]!.versions[0]!.spec;
    await env.ARTIFACTS.delete(["pointers/directory", `artifacts/${sha256}`]);
    await evictDurableObject(registry());
    await registry().versions(spec.name);
    await expect.poll(() => served(spec.name), patience).toBe("1 live");
    expect(await env.ARTIFACTS.head(`artifacts/${sha256}`)).not.toBeNull();
  });
});

describe("an isolate", () => {
  test("goes over to newer versions model by model: one that cannot be loaded holds up no other", async () => {
    const [broken, fine] = [rankModel(), rankModel()];
    await deployed(broken, fine);
    expect([await decides(broken.name), await decides(fine.name)]).toEqual([`${broken.name}@1.0`, `${fine.name}@1.0`]);
    const { spec } = await deploy(variant(broken, { aggregate: "max" }), { stage: "shadow" });
    const key = `artifacts/${spec.sha256}`;
    const bytes = await (await env.ARTIFACTS.get(key))!.arrayBuffer();
    await env.ARTIFACTS.delete(key);
    expect((await change(broken.name, 2, { stage: "live" })).status).toBe(200);
    await expect.poll(() => served(broken.name), patience).toBe("1 shadow, 2 live");
    await deploy(variant(fine, { aggregate: "max" }));
    await expect.poll(() => decides(fine.name), patience).toMatch(`${fine.name}@2.`);
    expect(await decides(broken.name)).toMatch(`${broken.name}@1.`);
    await feed(fine.name, 20);
    await expect.poll(() => decides(fine.name), patience).not.toBe(`${fine.name}@2.0`);
    await env.ARTIFACTS.put(key, bytes);
    await expect.poll(() => decides(broken.name), patience).toMatch(`${broken.name}@2.`);
  });

  test("leaves a canary out of the manifest that cannot be read, and the live version serves", async () => {
    const spec = rankModel();
    await deployed(spec);
    await deploy(variant(spec, { aggregate: "max" }), { stage: "canary", share: 0.5 });
    await expect.poll(async () => (await manifest(spec.name)).canaries.length, patience).toBe(1);
    await env.ARTIFACTS.delete(`pointers/versions/${spec.name}/2`);
    expect(await manifest(spec.name)).toMatchObject({ version: 1, canaries: [] });
  });
});

/** What the Worker sends the registry of a spec. */
async function callOf(spec: ModelSpec) {
  const specText = JSON.stringify(spec);
  const { putArtifact } = await import("../storage/artifacts.ts");
  const pointer = await putArtifact(env.ARTIFACTS, new TextEncoder().encode(specText));
  return {
    model: spec.name,
    task: spec.task,
    spec: pointer,
    specText,
    graph: null,
    wish: { stage: "live", share: null },
  } as const;
}

/** The registry's bindings, of which everything hangs from a certain call on: that one is done before, or not. */
function hanging(real: Env, from: number, done: boolean): { env: Env; calls: () => number } {
  let calls = 0;
  const never = new Promise<never>(() => {});
  const counted = <T extends object>(target: T): T =>
    new Proxy(target, {
      get: (_, key) => {
        const value = Reflect.get(target, key);
        if (typeof value !== "function") return value;
        return async (...args: unknown[]) => {
          if (++calls < from) return Reflect.apply(value, target, args);
          if (calls === from && done) await Reflect.apply(value, target, args);
          return never;
        };
      },
    });
  const objects = <T extends { getByName(name: string): object }>(namespace: T): T =>
    ({ getByName: (name: string) => counted(namespace.getByName(name)) }) as unknown as T;
  const env = {
    ...real,
    ARTIFACTS: counted(real.ARTIFACTS),
    TRAINER: objects(real.TRAINER),
    CHANNEL: objects(real.CHANNEL),
  };
  return { env, calls: () => calls };
}

describe("a crash between any two steps leaves the directory whole, with one live version", () => {
  /** Most steps that are tried. */
  const STEPS = 10;
  const changes: [string, (name: string, spec: ModelSpec) => Promise<unknown>, string][] = [
    ["the first deployment", async (_, spec) => registry().deploy(await callOf(spec)), "1 live"],
    [
      "a deployment",
      async (_, spec) => registry().deploy(await callOf(variant(spec, { aggregate: "last" }))),
      "1 shadow, 2 live",
    ],
    [
      "a promotion",
      (model) => registry().change({ model, version: 2, wish: { stage: "live", share: null } }),
      "1 shadow, 2 live",
    ],
    ["a rollback", (model) => registry().rollback(model), "1 live, 2 shadow"],
  ];

  /** Ends the object as a kill does, whatever is under way in it. */
  const kill = () => runInDurableObject(registry(), (_: Registry, state) => state.abort("killed")).catch(() => {});

  test.each(changes)(
    "of %s",
    async (what, act, expected) => {
      let hung = 0;
      for (let step = 1; step <= STEPS && hung >= 2 * (step - 1); step++)
        for (const done of [false, true]) {
          const spec = rankModel({ wait: "1h" });
          if (what !== "the first deployment") await deployed(spec);
          if (what === "a promotion" || what === "a rollback")
            await deploy(variant(spec, { aggregate: "max" }), { stage: what === "a rollback" ? "live" : "shadow" });
          if (what === "a rollback") await expect.poll(() => served(spec.name), patience).toBe("1 shadow, 2 live");
          const counted = hanging(env, step, done);
          await runInDurableObject(registry(), (instance: Registry) => {
            (instance as unknown as { env: Env }).env = counted.env;
          });
          let settled = false;
          // What it answers is of no interest: it is killed meanwhile.
          const call = act(spec.name, spec)
            .catch(() => {})
            .finally(() => {
              settled = true;
            });
          const isOver = async () => settled && (await served(spec.name)) === expected;
          await expect.poll(async () => counted.calls() >= step || (await isOver()), patience).toBe(true);
          if (counted.calls() >= step) hung++;
          await kill();
          await call;
          const { models } = (await readDirectory(env))!;
          for (const { versions } of Object.values(models))
            expect(versions.filter(({ stage }) => stage === "live")).toHaveLength(1);
          // Somebody asks, or its alarm rings: either wakes it.
          if (done) await registry().versions(spec.name);
          await expect.poll(() => served(spec.name), patience).toBe(expected);
        }
      expect(hung).toBeGreaterThan(4);
    },
    120_000,
  );
});
