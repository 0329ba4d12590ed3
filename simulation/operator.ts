import { createHash } from "node:crypto";
import type { ExclusionOutcome, Outcome, RegisteredVersion } from "../edge/registry/messages.ts";
import type { Exclusion } from "../shared/contract/exclusion.ts";
import type { Ledger } from "./ledger.ts";
import type { Platform } from "./platform/platform.ts";
import { World } from "./platform/world.ts";
import { MODEL, spec, specText } from "./records.ts";

/** Most versions: each is a trainer. */
const MAX_VERSIONS = 4;
/** Most units that are erased: there are others to serve. */
const MAX_ERASED = 6;
/** Longer than a message may be on its way, ms. */
const LATEST = 60_000;

/** Who deploys versions, promotes them and rolls back; each change until it is answered. */
export class Operator {
  readonly #platform: Platform;
  readonly #ledger: Ledger;
  readonly #left: (unit: string) => void;
  #deployed = 0;
  #excluded = 0;
  /** When an exclusion named a unit last. */
  readonly #namedAt = new Map<string, number>();
  #busy = false;

  /** @param left hears of whom is to be erased. */
  constructor(platform: Platform, ledger: Ledger, left: (unit: string) => void) {
    this.#platform = platform;
    this.#ledger = ledger;
    this.#left = left;
  }

  get idle(): boolean {
    return !this.#busy;
  }

  /** Changes something, unless a change is under way. */
  change(): void {
    if (this.#busy) return;
    const { fate } = World.current;
    const draw = fate();
    if (draw < 0.5 && this.#deployed < MAX_VERSIONS) this.deploy();
    else if (draw < 0.8 && this.#ledger.deployed.size > 0) {
      const known = [...this.#ledger.deployed];
      const version = known[Math.floor(fate() * known.length)]!;
      const stage = fate() < 0.7 ? "live" : "shadow";
      this.#until("change", () => this.#registry.change!({ model: MODEL, version, wish: { stage, share: null } }));
    } else this.#until("roll back", () => this.#registry.rollback!(MODEL));
  }

  /** Has a unit erased, or somebody's decisions not learned, or learned again, unless a change is under way. */
  forget(): void {
    if (this.#busy) return;
    const { fate } = World.current;
    const draw = fate();
    if (draw < 0.6 && this.#ledger.erased.size < MAX_ERASED) this.#erase();
    else if (draw < 0.8 || this.#excluded === 0) {
      const ids = [...this.#ledger.decisions].filter(([, { unit }]) => !this.#ledger.erased.has(unit));
      const [id, { unit }] = ids[Math.floor(fate() * ids.length)] ?? ["nobody.0", { unit: "nobody" }];
      if (fate() < 0.5) this.exclude({ session: id.split(".")[0]! });
      else {
        this.#namedAt.set(unit, World.current.now);
        this.exclude({ unit });
      }
    } else {
      const number = 1 + Math.floor(fate() * this.#excluded);
      this.#until("end an exclusion", () => this.#registry.endExclusion!(MODEL, number));
    }
  }

  exclude(exclusion: Exclusion): void {
    this.#until("exclude", async () => {
      const outcome = (await this.#registry.exclude!(MODEL, exclusion)) as ExclusionOutcome;
      if ("ok" in outcome) this.#excluded = Math.max(this.#excluded, outcome.ok.number);
    });
  }

  /** From then on nobody is served as that unit. */
  #erase(): void {
    const { current: world } = World;
    const units = [...new Set([...this.#ledger.decisions.values()].map(({ unit }) => unit))];
    const unit = units[Math.floor(world.fate() * units.length)];
    if (unit === undefined || this.#ledger.erased.has(unit)) return;
    // An operator's own words must not arrive after the erasure.
    if (world.now - (this.#namedAt.get(unit) ?? 0) < LATEST) return;
    this.#ledger.erased.add(unit);
    this.#left(unit);
    this.#until("erase", () => this.#registry.erase!(unit));
  }

  deploy(): void {
    const { fate } = World.current;
    const { task, ...rest } = spec(fate, 1 + this.#deployed++);
    const text = specText({ task, ...rest });
    const bytes = new TextEncoder().encode(text);
    const sha256 = createHash("sha256").update(bytes).digest("hex");
    const call = {
      ...{ model: MODEL, task, specText: text, graph: null },
      spec: { url: `/v1/artifacts/${sha256}`, sha256, bytes: bytes.length },
      wish: { stage: fate() < 0.7 ? "live" : "shadow", share: null },
    };
    this.#until("deploy", async () => {
      await this.#platform.bucket.put(`artifacts/${sha256}`, bytes, { sha256 });
      const outcome = (await this.#registry.deploy!(call)) as Outcome<{ version: RegisteredVersion; created: boolean }>;
      if ("ok" in outcome) this.#ledger.deployed.add(outcome.ok.version.version);
    });
  }

  get #registry() {
    return this.#platform.namespaces.REGISTRY!.getByName("registry");
  }

  #until(what: string, run: () => Promise<unknown>): void {
    const { current: world } = World;
    this.#busy = true;
    const attempt = (): void => {
      run().then(
        () => {
          this.#busy = false;
        },
        () => {
          world.schedule(world.outside, 500, `${what} again`, attempt);
        },
      );
    };
    world.schedule(world.outside, 0, what, attempt);
  }
}
