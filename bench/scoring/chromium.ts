import { join } from "node:path";
import { inChromiumPage } from "../chromium.ts";
import type { Timed } from "../interleaved.ts";
import type { Bench } from "./chromium-page.ts";

/** The suite in a page of Chromium. @returns The cases, and what ends it. */
export async function inChromium(
  graphBytes: Uint8Array,
): Promise<{ cases: Record<string, Timed>; close(): Promise<void> }> {
  const script = join(import.meta.dirname, "chromium-page.ts");
  const { page, close } = await inChromiumPage(script, "bench", { "/graph": graphBytes });
  const names = await page.evaluate(() => (globalThis as unknown as { bench: Bench }).bench.prepare());
  const cases = Object.fromEntries(
    names.map((name): [string, Timed] => [
      name,
      (n) =>
        page.evaluate(([name, n]) => (globalThis as unknown as { bench: Bench }).bench.time(name, n), [
          name,
          n,
        ] as const),
    ]),
  );
  return { cases, close };
}
