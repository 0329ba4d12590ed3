import { parentPort, workerData } from "node:worker_threads";
import { startFront } from "../../scripts/front/front.ts";

/** The front in a thread of its own: in `npm start` it has one beside workerd's, too, and not the load generator's. */

const { port, upstream } = workerData as { port: number; upstream: number };
await startFront({
  host: "127.0.0.1",
  port,
  upstream: { host: "127.0.0.1", port: upstream },
  say: (line) => console.error(line),
});
parentPort!.postMessage("listening");
