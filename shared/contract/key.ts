import { z } from "zod";
import type { KeyKind } from "./key-text.ts";

/** Schemas of keys (key-text.ts). */

export const keyKind = z.enum(["publishable", "secret"] satisfies [KeyKind, KeyKind]);

/** What names a key in paths and histories. */
export const keyId = z.string().regex(/^[0-9A-Za-z]{8}$/, "must be the 8 letters and digits of a key's id");
