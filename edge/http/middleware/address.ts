import type { Context } from "hono";
import type { AppEnv } from "../app-env.ts";

/** The caller's address. Only what came through Cloudflare has `cf`; elsewhere anybody can say anything in the header. */
export const addressOf = (c: Context<AppEnv>): string | null =>
  c.req.raw.cf === undefined ? null : (c.req.header("cf-connecting-ip") ?? null);
