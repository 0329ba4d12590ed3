import type { World } from "../world.ts";
import { changing, changingHeldOut } from "./changing.ts";
import { many, manyHeldOut } from "./many.ts";
import { newcomer, newcomerHeldOut } from "./newcomer.ts";
import { news, newsHeldOut } from "./news.ts";
import { age, hour, minuteHeldOut, yearHeldOut } from "./number.ts";
import { rare, rareHeldOut } from "./rare.ts";
import { table, tableHeldOut } from "./table.ts";

/** Constants are chosen on these. */
export const WORLDS: readonly World[] = [news, rare, many, changing, hour, age, table, newcomer];
/** And measured on these too, which nothing is chosen on. */
export const HELD_OUT: readonly World[] = [
  newsHeldOut,
  rareHeldOut,
  manyHeldOut,
  changingHeldOut,
  minuteHeldOut,
  yearHeldOut,
  tableHeldOut,
  newcomerHeldOut,
];
