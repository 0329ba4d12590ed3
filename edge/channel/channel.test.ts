import { evictDurableObject, runInDurableObject } from "cloudflare:test";
import { env } from "cloudflare:workers";
import { describe, expect, test } from "vitest";
import type { Directory } from "../../shared/contract/directory.ts";
import { DIRECTORY_FORMAT, MANIFEST_FORMAT } from "../../shared/contract/format.ts";
import { MAX_FOLLOWED } from "../../shared/contract/limits.ts";
import type { DirectoryNotice, Notice, SnapshotNotice } from "../../shared/contract/manifest.ts";
import { putArtifact } from "../storage/artifacts.ts";
import { raiseDirectoryPointer } from "../storage/pointers.ts";
import { rankModel } from "../testing/models.ts";
import { train } from "../testing/training.ts";
import { COALESCING, MAX_NETWORK_SOCKETS, UNSPREAD_SOCKETS } from "./limits.ts";
import { channelNames, NETWORK_HEADER } from "./messages.ts";

// For a busy machine; nothing here waits that long otherwise.
const patience = { timeout: 30_000 };

/** A page's socket, and what it was told. */
type Page = { socket: WebSocket; notices: Notice[] };

let made = 0;
let directories = 0;
const newModel = (): string => `channelled-${made++}`;
const channelOf = (model: string) => env.CHANNEL.getByName(`${model}/0`);

/** Asks for a socket. */
const knock = (model: string, version: number | null, headers: Record<string, string> = {}): Promise<Response> =>
  channelOf(model).fetch(`http://channel/v1/models/${model}/live${version === null ? "" : `?version=${version}`}`, {
    headers: { upgrade: "websocket", ...headers },
  });

/** @param version null: a page of before, which follows the live version. */
const follow = async (model: string, version: number | null): Promise<Page> => listening(await knock(model, version));

/** A page that follows versions of several models, such as `home-hero@2`. */
const followAll = async (follows: readonly string[]): Promise<Page> =>
  listening(
    await channelOf(follows[0]!.split("@")[0]!).fetch(
      `http://channel/v1/live?${follows.map((one) => `follow=${one}`).join("&")}`,
      { headers: { upgrade: "websocket" } },
    ),
  );

function listening({ webSocket }: Response): Page {
  const notices: Notice[] = [];
  webSocket!.addEventListener("message", ({ data }) => {
    if (data !== "pong") notices.push(JSON.parse(data as string));
  });
  webSocket!.accept();
  return { socket: webSocket!, notices };
}

const pointer = (number: number) => ({
  url: "/v1/artifacts/x",
  sha256: `${number}`.padStart(64, "0"),
  bytes: 1,
  number,
  publishedAt: 1,
  newestFeedbackAt: null,
});
/** That a version has published a snapshot, with the step from the one before. */
const notice = (model: string, version: number, number: number): SnapshotNotice => ({
  format: MANIFEST_FORMAT,
  type: "snapshot",
  model,
  version,
  snapshot: pointer(0),
  delta: number === 0 ? null : pointer(number),
  step: number === 0 ? null : { from: number - 1, of: pointer(number - 1).sha256, bytes: `step ${number}` },
  examples: number,
  sentAt: 1,
});
/** Numbers of the snapshots that a page was told of, each with where its step begins. */
const told = ({ notices }: Page) =>
  notices.map((n) =>
    n.type === "snapshot" ? [n.version, (n.delta ?? n.snapshot).number, n.step?.from ?? null] : n.type,
  );

/** Time enough for a notice to be the first in a while. */
const quiet = () => scheduler.wait(2 * COALESCING);

/** Makes a directory in which the versions of a model have these stages. */
async function deployed(model: string, stages: Record<number, "live" | "canary" | "shadow">): Promise<void> {
  const spec = await putArtifact(env.ARTIFACTS, new TextEncoder().encode("{}"));
  const versions = Object.entries(stages).map(([version, stage]) => ({
    version: Number(version),
    stage,
    share: stage === "canary" ? 0.1 : null,
    spec,
    graph: null,
  }));
  const models = { [model]: { task: { type: "rank" } as const, versions } };
  const directory: Directory = { format: DIRECTORY_FORMAT, number: ++directories, changedAt: 1, models };
  const artifact = await putArtifact(env.ARTIFACTS, new TextEncoder().encode(JSON.stringify(directory)));
  await raiseDirectoryPointer(env.ARTIFACTS, { ...artifact, format: DIRECTORY_FORMAT, number: directories });
}

const changed = (model: string, directory: number): DirectoryNotice => ({
  format: MANIFEST_FORMAT,
  type: "directory",
  model,
  directory,
  within: 0,
});

describe("a channel", () => {
  test("tells those who follow a version, and of the live one also those who name none", async () => {
    const model = newModel();
    const channel = channelOf(model);
    const [first, second, ofBefore] = [await follow(model, 1), await follow(model, 2), await follow(model, null)];
    await channel.publish(notice(model, 1, 0), "live");
    await channel.publish(notice(model, 2, 0), "canary");
    await quiet();
    await channel.publish(notice(model, 2, 1), "canary");
    await expect
      .poll(() => told(second), patience)
      .toEqual([
        [2, 0, null],
        [2, 1, 0],
      ]);
    expect(told(first)).toEqual([[1, 0, null]]);
    expect(told(ofBefore)).toEqual([[1, 0, null]]);
  });

  test("says when it sends, so that a page can tell how old the news is", async () => {
    const model = newModel();
    const page = await follow(model, 1);
    const before = Date.now();
    await channelOf(model).publish(notice(model, 1, 0), "live");
    await expect.poll(() => page.notices.length, patience).toBe(1);
    expect((page.notices[0] as SnapshotNotice).sentAt).toBeGreaterThanOrEqual(before);
  });

  test("tells of what comes at once only the newest, and gives no step that does not fit", async () => {
    const model = newModel();
    const channel = channelOf(model);
    const page = await follow(model, 1);
    await channel.publish(notice(model, 1, 0), "live");
    await quiet();
    await Promise.all([1, 2, 3].map((number) => channel.publish(notice(model, 1, number), "live")));
    await expect
      .poll(() => told(page), patience)
      .toEqual([
        [1, 0, null],
        [1, 1, 0],
        [1, 3, null],
      ]);
    await quiet();
    // One that was held back for a while, but is the next: its step fits.
    await Promise.all([4, 5].map((number) => channel.publish(notice(model, 1, number), "live")));
    await expect
      .poll(() => told(page).slice(3), patience)
      .toEqual([
        [1, 4, 3],
        [1, 5, 4],
      ]);
  });

  test("does not repeat what it is told again, as by a trainer that was restarted", async () => {
    const model = newModel();
    const channel = channelOf(model);
    const page = await follow(model, 1);
    for (const number of [0, 0, 1, 0, 1]) {
      await channel.publish(notice(model, 1, number), "live");
      await quiet();
    }
    expect(told(page)).toEqual([
      [1, 0, null],
      [1, 1, 0],
    ]);
  });

  test("tells pages of before of a version that is live again, though it has published nothing new", async () => {
    const model = newModel();
    const channel = channelOf(model);
    const page = await follow(model, null);
    await channel.publish(notice(model, 1, 5), "live");
    await channel.publish(notice(model, 2, 0), "live");
    await quiet();
    await channel.publish(notice(model, 1, 5), "live");
    await expect
      .poll(() => told(page), patience)
      .toEqual([
        [1, 5, null],
        [2, 0, null],
        [1, 5, null],
      ]);
  });

  test("keeps its pages while it sleeps, and goes on as if it had not", async () => {
    const model = newModel();
    const channel = channelOf(model);
    const page = await follow(model, 1);
    await channel.publish(notice(model, 1, 0), "live");
    await evictDurableObject(channel);
    await channel.publish(notice(model, 1, 1), "live");
    await expect
      .poll(() => told(page), patience)
      .toEqual([
        [1, 0, null],
        [1, 1, 0],
      ]);
  });

  test("takes a page that goes for no error, and tells the others", async () => {
    const model = newModel();
    const channel = channelOf(model);
    const pages = await Promise.all([1, 2, 3].map(() => follow(model, 1)));
    pages[0]!.socket.close(1000, "gone");
    pages[1]!.socket.close();
    await channel.publish(notice(model, 1, 0), "live");
    await expect.poll(() => told(pages[2]!), patience).toEqual([[1, 0, null]]);
  });

  test("answers a ping", async () => {
    const { socket } = await follow(newModel(), 1);
    const answers: unknown[] = [];
    socket.addEventListener("message", ({ data }) => void answers.push(data));
    socket.send("ping");
    await expect.poll(() => answers, patience).toEqual(["pong"]);
  });

  test("closes the socket of a page that says anything but ping", async () => {
    const model = newModel();
    const [talking, listening] = [await follow(model, 1), await follow(model, 1)];
    const codes: Record<string, number> = {};
    for (const [name, { socket }] of Object.entries({ talking, listening }))
      socket.addEventListener("close", ({ code }) => {
        codes[name] = code;
      });
    listening.socket.send("ping");
    talking.socket.send("x".repeat(1000));
    await expect.poll(() => codes, patience).toEqual({ talking: 1008 });
    await channelOf(model).publish(notice(model, 1, 1), "live");
    await expect.poll(() => told(listening), patience).toEqual([[1, 1, null]]);
  });

  test("has room for so many sockets of one network, and for others beside them", async () => {
    const model = newModel();
    const from = async (network: string): Promise<WebSocket | null> => {
      const { webSocket } = await knock(model, 1, { [NETWORK_HEADER]: network });
      webSocket?.accept();
      return webSocket;
    };
    const sockets: (WebSocket | null)[] = [];
    for (let n = 0; n < MAX_NETWORK_SOCKETS; n += 100)
      sockets.push(...(await Promise.all(Array.from({ length: 100 }, () => from("203.0.113.0/24")))));
    expect(sockets.filter((socket) => socket === null)).toEqual([]);
    expect((await knock(model, 1, { [NETWORK_HEADER]: "203.0.113.0/24" })).status).toBe(503);
    expect(await from("203.0.114.0/24")).not.toBeNull();
    expect((await knock(model, 1)).status).toBe(101);
    sockets[0]!.close();
    await expect.poll(async () => (await from("203.0.113.0/24")) !== null, patience).toBe(true);
  });

  test("refuses a version that is none", async () => {
    for (const version of ["0", "-1", "1.5", "x", ""]) {
      const response = await channelOf("m").fetch(`http://channel/?version=${version}`, {
        headers: { upgrade: "websocket" },
      });
      expect(response.status, version).toBe(400);
    }
  });
});

describe("a page that comes", () => {
  test("is told of the newest snapshot, without a step: it may have any", async () => {
    const model = newModel();
    const channel = channelOf(model);
    await channel.publish(notice(model, 1, 0), "live");
    await channel.publish(notice(model, 1, 1), "live");
    await channel.publish(notice(model, 2, 7), "canary");
    for (const [version, newest] of [
      [1, [1, 1, null]],
      [2, [2, 7, null]],
      [null, [1, 1, null]],
    ] as const) {
      const page = await follow(model, version);
      await expect.poll(() => told(page), patience).toEqual([newest]);
    }
  });

  test("before anything was published here is told what the trainer says", async () => {
    const { spec, stub } = await train(rankModel(), "canary", 3);
    await deployed(spec.name, { 3: "live" });
    await evictDurableObject(channelOf(spec.name)).catch(() => {});
    for (const version of [3, null]) {
      const page = await follow(spec.name, version);
      await expect.poll(() => told(page), patience).toEqual([[3, 0, null]]);
      expect(page.notices[0]).toMatchObject({ snapshot: (await stub.notice()).snapshot });
    }
  });

  test("for a version that does not serve is told nothing, and makes no trainer", async () => {
    const model = newModel();
    await deployed(model, { 1: "live" });
    const page = await follow(model, 99);
    await channelOf(model).publish(notice(model, 1, 0), "live");
    await quiet();
    expect(page.notices).toEqual([]);
  });

  test("is told of the newest directory, which may be newer than the manifest that it has read", async () => {
    const { spec } = await train(rankModel());
    const before = await follow(spec.name, 1);
    await expect.poll(() => before.notices.map(({ type }) => type), patience).toEqual(["snapshot"]);
    await channelOf(spec.name).directory(changed(spec.name, 7));
    await expect.poll(() => before.notices.at(-1), patience).toEqual(changed(spec.name, 7));
    const after = await follow(spec.name, 1);
    await expect
      .poll(() => after.notices, patience)
      .toMatchObject([
        { type: "snapshot", version: 1 },
        { type: "directory", directory: 7 },
      ]);
  });
});

describe("a directory that changes", () => {
  test("is told to all, who spread their questions when they are many", async () => {
    const model = newModel();
    const channel = channelOf(model);
    const pages = await Promise.all(Array.from({ length: UNSPREAD_SOCKETS }, (_, n) => follow(model, (n % 3) + 1)));
    await channel.directory(changed(model, 1));
    for (const { notices } of pages) await expect.poll(() => notices, patience).toEqual([changed(model, 1)]);
    pages.push(await follow(model, null));
    await channel.directory(changed(model, 2));
    for (const { notices } of pages)
      await expect.poll(() => notices.at(-1), patience).toEqual({ ...changed(model, 2), within: UNSPREAD_SOCKETS + 1 });
  });

  test("says which version is live to who comes next", async () => {
    const model = newModel();
    const channel = channelOf(model);
    await channel.publish(notice(model, 1, 4), "live");
    await channel.publish(notice(model, 2, 2), "canary");
    await deployed(model, { 1: "shadow", 2: "live" });
    await channel.directory(changed(model, 1));
    const page = await follow(model, null);
    await expect.poll(() => told(page), patience).toEqual([[2, 2, null], "directory"]);
  });
});

describe("a page with several models", () => {
  test("is told of all of them by one socket, each once, with its steps", async () => {
    const [first, second, third] = [newModel(), newModel(), newModel()];
    await channelOf(second).publish(notice(second, 3, 7), "live");
    const page = await followAll([`${first}@1`, `${second}@3`]);
    const other = await followAll([`${third}@1`, `${second}@3`]);
    await quiet();
    for (const [model, version, number] of [
      [first, 1, 0],
      [second, 3, 8],
      [second, 3, 9],
    ] as const) {
      await channelOf(model).publish(notice(model, version, number), "live");
      await quiet();
    }
    const of = ({ notices }: Page, model: string) =>
      told({ notices: notices.filter((n) => n.model === model) } as Page);
    await expect.poll(() => of(page, second).slice(-1), patience).toEqual([[3, 9, 8]]);
    expect(of(page, first)).toEqual([[1, 0, null]]);
    await expect.poll(() => of(other, second).slice(-1), patience).toEqual([[3, 9, 8]]);
    expect(new Set(of(page, second).map(String)).size).toBe(of(page, second).length);
  });

  test("is told of the directory of each, also when that changed before it came", async () => {
    const [first, second] = [newModel(), newModel()];
    await channelOf(second).directory(changed(second, 4));
    const page = await followAll([`${first}@1`, `${second}@1`]);
    await expect.poll(() => page.notices, patience).toEqual([changed(second, 4)]);
    await channelOf(second).directory(changed(second, 5));
    await expect.poll(() => page.notices.at(-1), patience).toEqual(changed(second, 5));
  });

  test("goes, and nobody passes on to its channel any more, until another comes", async () => {
    const [first, second] = [newModel(), newModel()];
    const relays = () =>
      runInDurableObject(channelOf(second), (_, { storage }) =>
        storage.sql.exec<{ channel: string }>("SELECT channel FROM relays").toArray(),
      );
    const page = await followAll([`${first}@1`, `${second}@1`]);
    await expect.poll(relays, patience).toEqual([{ channel: `${first}/0` }]);
    page.socket.close();
    let number = 0;
    await expect
      .poll(async () => {
        await channelOf(second).publish(notice(second, 1, number++), "live");
        return relays();
      }, patience)
      .toEqual([]);
    const next = await followAll([`${first}@1`, `${second}@1`]);
    await expect.poll(relays, patience).toHaveLength(1);
    await channelOf(second).publish(notice(second, 1, 100), "live");
    await expect.poll(() => told(next).at(-1), patience).toEqual([1, 100, null]);
  });

  test("goes on hearing of them when channels have slept", async () => {
    const [first, second] = [newModel(), newModel()];
    const page = await followAll([`${first}@1`, `${second}@1`]);
    await expect
      .poll(
        () =>
          runInDurableObject(channelOf(second), (_, { storage }) => storage.sql.exec("SELECT * FROM relays").toArray()),
        patience,
      )
      .toHaveLength(1);
    for (const model of [first, second]) await evictDurableObject(channelOf(model));
    await channelOf(second).publish(notice(second, 1, 1), "live");
    await expect.poll(() => told(page), patience).toEqual([[1, 1, null]]);
  });

  test("may have more of them than a socket has tags", async () => {
    const models = Array.from({ length: MAX_FOLLOWED }, newModel);
    const page = await followAll(models.map((model) => `${model}@1`));
    const last = models.at(-1)!;
    await expect
      .poll(
        () =>
          runInDurableObject(channelOf(last), (_, { storage }) => storage.sql.exec("SELECT * FROM relays").toArray()),
        patience,
      )
      .toHaveLength(1);
    await channelOf(last).publish(notice(last, 1, 1), "live");
    await channelOf(models[0]!).publish(notice(models[0]!, 1, 2), "live");
    await expect
      .poll(() => told(page).sort(), patience)
      .toEqual([
        [1, 1, null],
        [1, 2, null],
      ]);
  });
});

test("a channel says over how long its pages are to spread when it is lost, when they are many", async () => {
  const model = newModel();
  const few = await follow(model, 1);
  await channelOf(model).publish(notice(model, 1, 0), "live");
  await expect.poll(() => few.notices, patience).toMatchObject([{ reconnectWithin: 0 }]);
  await Promise.all(Array.from({ length: UNSPREAD_SOCKETS }, () => follow(model, 1)));
  await quiet();
  await channelOf(model).publish(notice(model, 1, 1), "live");
  await expect.poll(() => few.notices.at(-1), patience).toMatchObject({ reconnectWithin: UNSPREAD_SOCKETS + 1 });
});

test("channelNames refuses a setting that is no number of channels", () => {
  expect(channelNames("home-hero", "2")).toEqual(["home-hero/0", "home-hero/1"]);
  for (const setting of ["0", "-1", "1.5", "", "x"]) expect(() => channelNames("m", setting)).toThrow("CHANNELS");
});
