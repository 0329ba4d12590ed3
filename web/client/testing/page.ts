import { type ClientOptions, createClient } from "../client.ts";

/** The script of a page in a frame (pages.ts). */
export const pageApi = {
  createClient: (options: ClientOptions) => createClient({ graphs: () => import("../graph.ts"), ...options }),
};
export type PageApi = typeof pageApi;
