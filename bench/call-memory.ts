import { readdirSync, readFileSync, writeFileSync } from "node:fs";
import { Server } from "../e2e/server.ts";
import { buildForTests } from "../scripts/test-build.ts";
import {
  adaptive,
  bagging,
  defineModel,
  factorised,
  field,
  lastSeenAgo,
  predict,
  rank,
  seen,
  text,
  timesSeen,
} from "../shared/contract/define.ts";
import {
  MAX_ACTIONS,
  MAX_BODY_BYTES,
  MAX_EVENTS,
  MAX_PROPERTIES,
  MAX_STRING_LENGTH,
} from "../shared/contract/limits.ts";
import { markdownTable } from "./markdown.ts";
import { processMemory } from "./process-memory.ts";

/**
 * `node bench/call-memory.ts [BYTES ...]`: by how much the runtime's memory grows at most while it answers one call of each kind and size, and what that is
 * for each byte that was sent. Linux only: it reads the peak of the process, which it sets back before each call.
 */

const asked = process.argv.slice(2).map(Number);
const SIZES = asked.length > 0 ? asked : [40_000, 250_000, 715_000, MAX_BODY_BYTES - 1000];
/** Calls of a kind and size; the one that grew the process most counts. */
const TIMES = 3;

const strings = (n: number, seed: string): string[] => Array.from({ length: n }, (_, i) => `${seed}${i}`);
const features = { context: { tags: field("tags") }, action: { tags: field("tags"), more: field("more") } };
const reward = { wait: "1m", default: 0, aggregate: "first" as const };
const models = [
  defineModel({
    name: "lists",
    task: rank(),
    features,
    reward,
    interactions: [["context", "action"]],
    learner: adaptive(),
  }),
  defineModel({
    ...{ name: "triples", task: rank(), features, reward },
    interactions: [["context", "action", "action"]],
    learner: adaptive(),
  }),
  defineModel({
    ...{ name: "voted", task: rank(), features, reward },
    interactions: [["context", "action"]],
    policy: bagging({ bags: 8 }),
    learner: adaptive(),
  }),
  defineModel({ name: "factors", task: rank(), features, reward, learner: factorised() }),
  defineModel({
    ...{ name: "label", task: predict(), reward, learner: adaptive() },
    features: { context: { tags: field("tags") } },
    interactions: [["context", "context"]],
  }),
  defineModel({
    ...{ name: "texts", task: rank(), reward, learner: adaptive() },
    features: {
      context: { query: text("query") },
      action: {
        ...{ title: text("title"), seen: seen("view.item", "title") },
        ...{ times: timesSeen("view.item", "title"), last: lastSeenAgo("view.item", "title") },
      },
    },
  }),
];

/** A call whose body has about so many bytes. */
type Kind = { name: string; path: string; body: (bytes: number) => string };

/** A list as long as so many bytes allow, of at most `most`. */
function filled<T>(bytes: number, most: number, item: (i: number) => T): T[] {
  const list: T[] = [];
  for (let left = bytes; left > 0 && list.length < most; ) {
    const made = item(list.length);
    left -= JSON.stringify(made).length + 1;
    list.push(made);
  }
  return list;
}

const rankOf =
  (tags: number, rest: object): Kind["body"] =>
  (bytes) =>
    JSON.stringify({
      unit: "u",
      context: { tags: strings(64, "c") },
      actions: filled(bytes - 600, MAX_ACTIONS, (i) => ({
        id: `a${i}`,
        features: { tags: strings(tags, `${i % 7}t`), x: i },
      })),
      ...rest,
    });
const rankKind = (name: string, model: string, tags: number, rest: object = {}): Kind => ({
  name,
  path: `/v1/models/${model}/rank`,
  body: rankOf(tags, rest),
});
const textKind = (name: string, word: string): Kind => ({
  name: `rank, texts, ${name}`,
  path: "/v1/models/texts/rank",
  body: (bytes) => {
    const length = Math.min(MAX_STRING_LENGTH, bytes / 2 / new TextEncoder().encode(word).length);
    const title = word.repeat(length / word.length);
    return JSON.stringify({
      unit: "u",
      actions: [
        { id: "a", features: { title } },
        { id: "b", features: { title } },
      ],
    });
  },
});
const junk = (name: string, item: (i: number) => unknown): Kind => ({
  name,
  path: "/v1/models/lists/rank",
  body: (bytes) => JSON.stringify({ unit: "u", actions: filled(bytes, Number.POSITIVE_INFINITY, item) }),
});
const kinds: Kind[] = [
  rankKind("rank, 20 strings an action", "lists", 20),
  rankKind("rank, lists of 64 strings", "lists", 64),
  rankKind("rank, lists of 64 strings, explained", "lists", 64, { explain: 1 }),
  rankKind("rank, lists of 64 strings, in triples, explained", "triples", 64, { explain: 20 }),
  rankKind("rank, lists of 64 strings, 8 heads", "voted", 64, { explain: 1 }),
  rankKind("rank, lists of 64 strings, factors, explained", "factors", 64, { explain: 1 }),
  rankKind("rank, lists of 20 strings, 20 slots", "lists", 20, { slots: Array.from({ length: 20 }, () => ({})) }),
  {
    name: "predict, events and a list, explained",
    path: "/v1/models/label/predict",
    body: (bytes) =>
      JSON.stringify({
        ...{ unit: "u", context: { tags: strings(64, "c") }, explain: 20 },
        events: filled(bytes, MAX_EVENTS, (i) => ({ type: "view", at: i, properties: { tags: strings(100, "e") } })),
      }),
  },
  {
    name: "rank, words of texts, matched with events",
    path: "/v1/models/texts/rank",
    body: (bytes) =>
      JSON.stringify({
        unit: "u",
        context: { query: "two words" },
        events: filled(bytes / 2, MAX_EVENTS, (i) => ({ type: "view", at: i, properties: { item: `t${i % 9}` } })),
        actions: filled(bytes / 2, MAX_ACTIONS, (i) => ({
          id: `a${i}`,
          features: { title: strings(60, `${i % 7}t`).join(" ") },
        })),
      }),
  },
  textKind("the same words again and again", "a "),
  textKind("a character that becomes eighteen", "\ufdfa"),
  textKind("marks in turn", "\u0323\u0301"),
  textKind("characters that are words", "東"),
  {
    name: "rank, many properties",
    path: "/v1/models/lists/rank",
    body: (bytes) =>
      JSON.stringify({
        unit: "u",
        actions: filled(bytes, MAX_ACTIONS, (i) => ({
          id: `a${i}`,
          features: Object.fromEntries(strings(MAX_PROPERTIES, "p").map((name) => [name, i])),
        })),
      }),
  },
  {
    name: "batch of feedback",
    path: "/v1/batch",
    body: (bytes) =>
      JSON.stringify({
        sentAt: 1,
        feedback: filled(bytes, 500, (i) => ({ id: `f${i}`, value: 1, note: "n".repeat(900) })),
      }),
  },
  {
    name: "batch of decisions that are none",
    path: "/v1/batch",
    body: (bytes) =>
      JSON.stringify({ sentAt: 1, decisions: filled(bytes, 500, (i) => ({ id: `f${i}`, a: Array(700).fill({}) })) }),
  },
  junk("junk: actions are numbers", () => 1),
  junk("junk: actions are empty objects", () => ({})),
  junk("junk: properties are lists of objects", (i) => ({
    id: `a${i}`,
    features: Object.fromEntries(strings(MAX_PROPERTIES, "p").map((name) => [name, [{}]])),
  })),
  junk("junk: lists of lists", (i) => ({ id: `a${i}`, features: { p: Array(256).fill([]) } })),
  junk("junk: names without end", (i) => ({ [`n${i}`]: 0, id: "x" })),
];

/** The runtime and whatever else the server started. */
function descendants(pid: number): number[] {
  const parents = new Map<number, number>();
  for (const name of readdirSync("/proc")) {
    if (!/^\d+$/.test(name)) continue;
    try {
      const stat = readFileSync(`/proc/${name}/stat`, "utf8");
      parents.set(Number(name), Number(stat.slice(stat.lastIndexOf(")") + 2).split(" ")[1]));
    } catch {
      // It has ended meanwhile.
    }
  }
  return [...parents.keys()].filter((child) => {
    for (let at: number | undefined = parents.get(child); at !== undefined && at > 1; at = parents.get(at))
      if (at === pid) return true;
    return false;
  });
}

const megabytes = (bytes: number): string => (bytes / 1e6).toFixed(1);

await buildForTests();
const server = await Server.create();
const rows: string[][] = [];
try {
  await server.start();
  const post = (path: string, body: string) =>
    fetch(`${server.url}${path}`, { method: "POST", headers: { "content-type": "application/json" }, body });
  for (const spec of models) {
    const response = await post(`/v1/models/${spec.name}/versions`, JSON.stringify({ spec }));
    if (response.status !== 201) throw new Error(await response.text());
  }
  const runtime = descendants(server.pid).find((pid) => readFileSync(`/proc/${pid}/comm`, "utf8").includes("workerd"));
  if (runtime === undefined) throw new Error("the server has no runtime");
  for (const { name, path, body } of kinds)
    for (const size of SIZES) {
      const text = body(size);
      let grown = 0;
      let slowest = 0;
      let status = 0;
      for (let time = 0; time < TIMES; time++) {
        const before = processMemory(runtime);
        writeFileSync(`/proc/${runtime}/clear_refs`, "5");
        const started = performance.now();
        const response = await post(path, text);
        await response.arrayBuffer();
        slowest = Math.max(slowest, performance.now() - started);
        status = response.status;
        grown = Math.max(grown, processMemory(runtime, "VmHWM") - before);
      }
      rows.push([
        name,
        `${Math.round(text.length / 1000)} kB`,
        String(status),
        megabytes(grown),
        (grown / text.length).toFixed(0),
        slowest.toFixed(0),
        megabytes(processMemory(runtime)),
      ]);
      console.error(rows.at(-1)!.join(" | "));
    }
} finally {
  await server.remove();
}
console.log(
  markdownTable(
    ["call", "body", "status", "grew by at most, MB", "bytes a byte", "slowest, ms", "RSS after, MB"],
    rows,
  ),
);
