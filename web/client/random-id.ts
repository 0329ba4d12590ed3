import { hex } from "./hex.ts";

/** 128 random bits as hexadecimal digits. crypto.randomUUID exists in secure contexts only. */
export const randomId = (bytes = 16): string => hex(crypto.getRandomValues(new Uint8Array(bytes)));
