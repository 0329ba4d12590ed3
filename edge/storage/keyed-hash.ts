import { sipHash } from "../../shared/math/sip-hash.ts";

const utf8 = new TextEncoder();

/** What is remembered of a name that is to be forgotten: a hash of it by a key of this edge, 16 hex digits. */
export const keyedHash = (key: Uint8Array, name: string): string => sipHash(key, utf8.encode(name));
