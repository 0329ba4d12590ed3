import { once } from "node:events";
import { run, Server } from "../e2e/server.ts";
import { buildForTests } from "../scripts/test-build.ts";
import type { SnapshotNotice } from "../shared/contract/manifest.ts";
import { machine } from "./machine.ts";
import { markdownTable } from "./markdown.ts";

/**
 * `node bench/deltas.ts [VISITORS]`: what an open page is sent while simulated visitors teach the demo's model: bytes of the steps in the
 * notices and of the deltas on the base, against the whole snapshot.
 */

const visitors = process.argv[2] ?? "500";
await buildForTests();
const server = await Server.create();
await server.start();
try {
  const notices: SnapshotNotice[] = [];
  const socket = new WebSocket(`${server.url.replace("http", "ws")}/v1/models/home-hero/live`);
  socket.addEventListener("message", ({ data }) => {
    const notice = JSON.parse(data as string) as SnapshotNotice;
    if (notice.type === "snapshot") notices.push(notice);
  });
  const simulation = run(["models/home-hero/simulate.ts", "--visitors", visitors, "--url", server.url]);
  await once(simulation, "close");
  socket.close();
  const steps = notices.flatMap(({ step }) => (step ? [Math.floor((step.bytes.length * 3) / 4)] : []));
  const deltas = notices.flatMap(({ delta }) => (delta ? [delta.bytes] : []));
  const bases = [...new Map(notices.map(({ snapshot }) => [snapshot.sha256, snapshot.bytes])).values()];
  console.log(
    `\n${machine()}: ${visitors} visitors, ${notices.length} notices, ${notices.at(-1)?.examples} examples; without a step: ${notices.length - steps.length}\n`,
  );
  console.log(
    markdownTable(
      ["bytes of", "how many", "median", "p99", "most"],
      Object.entries({
        "steps (in the notice)": steps,
        "deltas on the base": deltas,
        "bases (whole snapshots)": bases,
      }).map(([name, list]) => {
        const sorted = list.toSorted((a, b) => a - b);
        const at = (q: number) => (sorted[Math.max(0, Math.ceil(q * sorted.length) - 1)] ?? 0).toLocaleString("en");
        return [name, String(list.length), at(0.5), at(0.99), at(1)];
      }),
    ),
  );
} finally {
  await server.remove();
}
