import type { Callers } from "./callers.ts";
import type { Ledger } from "./ledger.ts";
import type { Mirror } from "./mirror.ts";
import type { Operator } from "./operator.ts";
import type { Page } from "./page.ts";
import type { Platform } from "./platform/platform.ts";
import type { World } from "./platform/world.ts";

/** What a simulated world consists of. */
export type Parts = {
  world: World;
  platform: Platform;
  partitions: number;
  ledger: Ledger;
  pages: Page[];
  mirror: Mirror;
  callers: Callers;
  operator: Operator;
};
