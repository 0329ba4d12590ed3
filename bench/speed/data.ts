import { execFileSync } from "node:child_process";
import { createWriteStream, readFileSync } from "node:fs";
import { finished } from "node:stream/promises";
import { fileURLToPath } from "node:url";
import { seededRandom } from "../../conformance/random.ts";

const SHARED = fileURLToPath(new URL("../../../shared/data/vw/", import.meta.url));

/** The lines of rcv1_small.dat `times` times, in an order that is always the same. */
export async function writeShuffled(out: string, times: number): Promise<void> {
  const lines = readFileSync(`${SHARED}rcv1_small.dat`, "latin1").trimEnd().split("\n");
  const order = Uint32Array.from({ length: times * lines.length }, (_, i) => i % lines.length);
  const random = seededRandom(20261121);
  for (let i = order.length - 1; i > 0; i--) {
    const j = Math.floor(random() * (i + 1));
    [order[i], order[j]] = [order[j]!, order[i]!];
  }
  const file = createWriteStream(out);
  for (let i = 0; i < order.length; i += 1000)
    file.write(Array.from(order.subarray(i, i + 1000), (line) => `${lines[line]}\n`).join(""));
  file.end();
  await finished(file);
}

/** The synthetic log of `vw/README.md`: so many events of 20 actions. */
export function writeEvents(out: string, count: number): void {
  execFileSync(process.execPath, [`${SHARED}generate_adf.mjs`, String(count), "20", "42", out]);
}
