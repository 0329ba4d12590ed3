import { createClient } from "../client.ts";

/** The script of a page in a frame (pages.ts). */
export const pageApi = { createClient };
export type PageApi = typeof pageApi;
