import { createWriteStream, mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { Readable } from "node:stream";
import { pipeline } from "node:stream/promises";

/** Keeps what comes through a pipe in a temporary file while `use` runs, so that it can be read twice. */
export async function withSpooled<T>(pipe: Readable, use: (file: string) => Promise<T>): Promise<T> {
  const directory = mkdtempSync(join(tmpdir(), "edgewise-"));
  try {
    const file = join(directory, "log");
    await pipeline(pipe, createWriteStream(file));
    return await use(file);
  } finally {
    rmSync(directory, { recursive: true });
  }
}
