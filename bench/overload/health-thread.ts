import { Agent, request } from "node:http";
import { parentPort, workerData } from "node:worker_threads";

/** Asks for /health ten times a second until it is told to stop, and says how long each answer took, ms. In a thread of its own: the load's is so busy that it would be what is measured. */

const INTERVAL = 100;
const { port } = workerData as { port: number };
const agent = new Agent({ keepAlive: true });
const took: number[] = [];
let over = false;

parentPort!.once("message", () => {
  over = true;
});
await look();

async function look(): Promise<void> {
  while (!over) {
    const began = performance.now();
    await health();
    took.push(performance.now() - began);
    await new Promise((resolve) => setTimeout(resolve, INTERVAL));
  }
  agent.destroy();
  parentPort!.postMessage(took);
}

/** Resolves when there is an answer, or none will come. */
function health(): Promise<void> {
  return new Promise((resolve) => {
    const sending = request({ agent, host: "127.0.0.1", port, path: "/health" }, (response) => {
      response.resume();
      response.on("close", resolve);
    });
    sending.on("error", () => resolve());
    sending.end();
  });
}
