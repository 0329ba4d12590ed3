import { hex } from "./hex.ts";

/** SHA-256 in hexadecimal digits; null: not in a secure context, where browsers have none. */
export const sha256 = async (bytes: Uint8Array<ArrayBuffer>): Promise<string | null> =>
  crypto.subtle ? hex(new Uint8Array(await crypto.subtle.digest("SHA-256", bytes))) : null;
