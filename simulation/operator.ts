import { createHash } from "node:crypto";
import type { Outcome, RegisteredVersion } from "../edge/registry/messages.ts";
import type { Ledger } from "./ledger.ts";
import type { Platform } from "./platform/platform.ts";
import { World } from "./platform/world.ts";
import { MODEL, spec, specText } from "./records.ts";

/** Most versions: each is a trainer. */
const MAX_VERSIONS = 4;

/** Who deploys versions, promotes them and rolls back; each change until it is answered. */
export class Operator {
  readonly #platform: Platform;
  readonly #ledger: Ledger;
  #deployed = 0;
  #busy = false;

  constructor(platform: Platform, ledger: Ledger) {
    this.#platform = platform;
    this.#ledger = ledger;
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
