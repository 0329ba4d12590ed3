import { z } from "zod";
import { MAX_ACTIONS, MAX_BATCH } from "./limits.ts";

/**
 * The hash of a list of actions: SHA-256, in hexadecimal digits, of the list's JSON without spaces, as JSON.stringify writes it. Whoever has sent a list may name it so
 * from then on (docs/adr/0026-brief-batches.md).
 */
export const listHash = z.string().regex(/^[0-9a-f]{64}$/, "must be the hash of a list: 64 hexadecimal digits");

/** Lists of actions by their hashes. What is in them is checked where it is used. */
export const actionLists = z
  .record(listHash, z.array(z.unknown()).min(1).max(MAX_ACTIONS))
  // Each is hashed, whether anything names it or not.
  .refine((lists) => Object.keys(lists).length <= MAX_BATCH, `must be at most ${MAX_BATCH} lists`)
  .describe("Lists of actions that are named elsewhere by their hashes: SHA-256, hexadecimal, of the list's JSON");
