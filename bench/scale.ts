import { seededRandom } from "../conformance/random.ts";
import { markdownTable } from "./markdown.ts";
import { amountsOf, billOf } from "./scale/bill.ts";
import { firstLimit } from "./scale/first-limit.ts";
import { SIZES, TIMES } from "./scale/measured.ts";
import { LIMITS, PRICES, READ_ON } from "./scale/platform.ts";
import { type Load, type Outcome, type Quantiles, simulate } from "./scale/simulate.ts";

/**
 * `node bench/scale.ts [SEED]`: what an edge on the platform would do under loads up to 10,000 decisions a second and 100,000 open pages: a simulation by times that were measured here
 * (bench/scale/measure.ts), against the platform's published limits and prices. docs/scale.md has what it prints.
 */

const seed = Number(process.argv[2] ?? 1);
/** Decisions a second and open pages. */
const LOADS = [
  [100, 1000],
  [1000, 1000],
  [1000, 10_000],
  [1000, 100_000],
  [10_000, 10_000],
  [10_000, 100_000],
] as const;
const PARTITIONS = [4, 8, 16];
/** Beyond what the settings bear: as many as the guidance asks for. */
const MORE = [64];

const rows: { load: Load; outcome: Outcome }[] = [];
for (const [decisions, pages] of LOADS)
  for (const partitions of [...PARTITIONS, ...(decisions >= 10_000 ? MORE : [])]) {
    const load: Load = { decisions, pages, partitions, channels: Math.ceil(pages / 32_000), threads: "own" };
    const counted = decisions >= 10_000 ? 10 : 30;
    rows.push({ load, outcome: simulate(load, TIMES, { warm: 10, counted }, seededRandom(seed)) });
  }

const whole = (n: number) => Math.round(n).toLocaleString("en");
const percent = (n: number) => `${(100 * n).toFixed(n < 0.1 ? 1 : 0)} %`;
const seconds = ({ p50, p99 }: Quantiles) => `${(p50 / 1000).toFixed(2)} / ${(p99 / 1000).toFixed(2)}`;
const dollars = (n: number) => `$${whole(n)}`;
const loadCells = ({ decisions, pages, partitions, channels }: Load) =>
  [decisions, pages, partitions, channels].map(whole);
const LOAD_HEAD = ["decisions/s", "pages", "partitions", "channels"];

const plain = (n: number) => n.toLocaleString("en", { maximumFractionDigits: 6 });
console.log(`## Limits, as read on ${READ_ON}\n`);
console.log(
  markdownTable(
    ["limit", "", "where"],
    Object.values(LIMITS).map(({ value, unit, at }) => [plain(value), unit, at]),
  ),
);
console.log(`\n## Prices, as read on ${READ_ON}\n`);
console.log(
  markdownTable(
    ["of", "a month included", "dollars for each beyond", "where"],
    Object.values(PRICES).map(({ included, price, unit, at }) => [unit, plain(included), price.toPrecision(2), at]),
  ),
);
console.log(`\n## Queues and lag, seed ${seed}\n`);
console.log(
  markdownTable(
    [
      ...LOAD_HEAD,
      "calls/s a partition",
      "busy: partition",
      "trainer",
      "channel",
      "acknowledged, s p50 / p99",
      "feedback to publication",
      "to the last page",
      "first limit",
    ],
    rows.map(({ load, outcome }) => {
      const { grows } = outcome;
      const { busy } = outcome;
      return [
        ...loadCells(load),
        whole(outcome.partitionCalls),
        percent(busy.partition),
        percent(busy.trainer),
        percent(busy.channel),
        busy.partition > 0.99 ? "grows" : seconds(outcome.acknowledged),
        grows ? "grows" : seconds(outcome.published),
        grows ? "grows" : seconds(outcome.told),
        firstLimit(load, outcome),
      ];
    }),
  ),
);

console.log("\n## Sockets and notices\n");
const seen = new Set<number>();
console.log(
  markdownTable(
    [
      "pages",
      "decisions/s",
      "channels",
      "sockets each",
      "publications/s",
      "notices/s of a channel",
      "MB/s of a channel",
      "busy",
    ],
    rows
      .filter(
        ({ load: { decisions, pages, partitions } }) =>
          partitions === 16 && !seen.has(decisions * 1e6 + pages) && seen.add(decisions * 1e6 + pages),
      )
      .map(({ load, outcome }) => [
        whole(load.pages),
        whole(load.decisions),
        whole(load.channels),
        whole(load.pages / load.channels),
        outcome.publications.toFixed(2),
        whole(outcome.notices),
        ((outcome.notices * SIZES.noticeBytes) / 1e6).toFixed(1),
        percent(outcome.busy.channel),
      ]),
  ),
);

console.log("\n## What it writes\n");
console.log(
  markdownTable(
    [
      "decisions/s",
      "partitions",
      "log, GB a day",
      "10 GB are full after",
      "rows a month, millions",
      "R2 writes a month, millions",
      "archive, GB a month",
    ],
    rows
      .filter(({ load: { pages, decisions } }) => LOADS.find(([d]) => d === decisions)![1] === pages)
      .map(({ load, outcome }) => {
        const amounts = amountsOf(load, outcome);
        const bytes = load.decisions * SIZES.logBytes;
        const full = (LIMITS.objectStorage.value * load.partitions) / bytes / 3600;
        return [
          whole(load.decisions),
          whole(load.partitions),
          ((bytes * 86_400) / 1e9).toFixed(1),
          full > 48 ? `${(full / 24).toFixed(0)} days` : `${full.toFixed(1)} h`,
          whole(amounts.rowsWritten / 1e6),
          (amounts.storeWrites / 1e6).toFixed(1),
          whole(amounts.storeStorage),
        ];
      }),
  ),
);

console.log("\n## What it costs a month\n");
const names = Object.keys(PRICES) as (keyof typeof PRICES)[];
const billed = rows.filter(
  ({ load }) => load.partitions === (load.decisions >= 10_000 ? 64 : load.decisions >= 1000 ? 8 : 4),
);
console.log(
  markdownTable(
    ["", ...billed.map(({ load }) => `${whole(load.decisions)}/s, ${whole(load.pages)} pages`)],
    [
      ...names.map((name) => [
        PRICES[name].unit,
        ...billed.map(({ load, outcome }) => dollars(billOf(amountsOf(load, outcome)).dollars[name])),
      ]),
      ["all, with the plan", ...billed.map(({ load, outcome }) => dollars(billOf(amountsOf(load, outcome)).total))],
      [
        "a million decisions with feedback",
        ...billed.map(({ load, outcome }) => {
          const { total } = billOf(amountsOf(load, outcome));
          return `$${((total / (load.decisions * 30 * 86_400)) * 1e6).toFixed(2)}`;
        }),
      ],
    ],
  ),
);
