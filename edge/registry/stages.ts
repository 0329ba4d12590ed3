import type { RegisteredVersion, Wish } from "./messages.ts";

/**
 * The rules of a version's life (docs/adr/0008-versions.md, Versions), as pure functions: of a model's versions and something that
 * happens they make the versions as they are from then on, and what the history tells of it.
 */

/** What something that happened makes of a model's versions. */
export type Turn = { versions: RegisteredVersion[]; history: { version: number; what: string }[] };
/** Why it cannot be, and which field of the call says what cannot be. */
export type Refusal = { status: 404 | 409; field: string; problem: string };
export type Ruling = Turn | { refused: Refusal };

/** A version's place in what is stored, before anybody asked anything of it. */
export type NewVersion = Pick<RegisteredVersion, "model" | "version" | "spec" | "graph" | "createdAt">;

/** A version is deployed. The first of a model will be live, whatever was asked for: somebody has to serve. */
export function deployed(versions: readonly RegisteredVersion[], fresh: NewVersion, wish: Wish): Ruling {
  const first = versions.length === 0;
  const version: RegisteredVersion = {
    ...fresh,
    ...{ stage: "shadow", share: null, wanted: null },
    ...{ ready: false, problem: null, wasLive: false, replaced: null },
  };
  const draft = new Draft([...versions, version]);
  draft.tell(fresh.version, first ? "deployed, as the first version" : "deployed as a shadow");
  return draft.ask(fresh.version, first ? { stage: "live", share: null } : wish);
}

/** Somebody asks for another stage. */
export function asked(versions: readonly RegisteredVersion[], version: number, wish: Wish): Ruling {
  return new Draft(versions).ask(version, wish);
}

/** The trainer of a version has begun, and published. */
export function begun(versions: readonly RegisteredVersion[], version: number): Turn {
  const draft = new Draft(versions);
  const own = draft.of(version);
  own.ready = true;
  own.problem = null;
  if (own.wanted?.stage === "live" && !draft.live) draft.goLive(own, "live");
  return draft;
}

/** The trainer of a version has caught up: the version becomes what it waited to become. */
export function caughtUp(versions: readonly RegisteredVersion[], version: number): Turn {
  const draft = new Draft(versions);
  const own = draft.of(version);
  const { wanted } = own;
  if (!own.ready || !wanted) return draft;
  if (wanted.stage === "live") draft.goLive(own, "live: it has caught up");
  else draft.move(own, wanted, `${named(wanted)}: it has caught up`);
  return draft;
}

/** What was live before is live again. */
export function rolledBack(versions: readonly RegisteredVersion[]): Ruling {
  const draft = new Draft(versions);
  const { live } = draft;
  if (!live) return refusal("path.model", "has no live version, so there is nothing to roll back");
  if (live.replaced === null)
    return refusal("path.model", `has no version to go back to: before version ${live.version} none was live`);
  draft.goLive(draft.of(live.replaced), `live again: rolled back from version ${live.version}`, true);
  return draft;
}

/** Versions that are being changed. */
class Draft implements Turn {
  readonly versions: RegisteredVersion[];
  readonly history: Turn["history"] = [];

  constructor(versions: readonly RegisteredVersion[]) {
    this.versions = versions.map((version) => ({ ...version }));
  }

  get live(): RegisteredVersion | undefined {
    return this.versions.find(({ stage }) => stage === "live");
  }

  of(version: number): RegisteredVersion {
    return this.versions.find((v) => v.version === version)!;
  }

  tell(version: number, what: string): void {
    this.history.push({ version, what });
  }

  ask(version: number, wish: Wish): Ruling {
    const own = this.of(version);
    if (own.stage === "live" && wish.stage !== "live")
      return refusal(
        "body.stage",
        `cannot be ${wish.stage}: version ${version} is live, and a model needs a live version. Make another one live first, or roll back`,
      );
    if (wish.stage === "live") this.#askLive(own);
    else if (wish.stage === "canary") return this.#askCanary(own, wish);
    else if (own.stage !== wish.stage || own.wanted) this.move(own, wish, named(wish));
    return this;
  }

  /** Gives a version a stage other than live. */
  move(version: RegisteredVersion, { stage, share }: Wish, what: string): void {
    Object.assign(version, { stage, share, wanted: null });
    this.tell(version.version, what);
  }

  /**
   * Makes a version live. The one that was goes on as a shadow, so that going back finds it warm; shadows that were live before it retire.
   * @param back Whether that is going back: what was live before it stays what it was.
   */
  goLive(version: RegisteredVersion, what: string, back = false): void {
    const before = this.live;
    this.#endWaiting(version, `version ${version.version} is live`);
    Object.assign(version, { stage: "live", share: null, wanted: null, wasLive: true });
    this.tell(version.version, what);
    if (!before) return;
    if (!back) this.#putOnTop(version, before);
    this.move(before, { stage: "shadow", share: null }, `shadow: version ${version.version} is live`);
    for (const other of this.versions)
      if (other.wasLive && other.stage === "shadow" && !other.wanted && other !== before)
        this.move(
          other,
          { stage: "retired", share: null },
          `retired: version ${before.version} is the last that was live`,
        );
  }

  /** Where a version was among those to go back to it is no more: or going back would come to it again, and never to an end. */
  #putOnTop(version: RegisteredVersion, before: RegisteredVersion): void {
    for (const other of this.versions) if (other.replaced === version.version) other.replaced = version.replaced;
    version.replaced = before.version;
  }

  #askLive(own: RegisteredVersion): void {
    const { version, stage, ready, wasLive, wanted } = own;
    const atOnce = ready && (wasLive || !this.live);
    if (stage === "live") this.#endWaiting(own, `version ${version} stays live`);
    else if (atOnce) this.goLive(own, wasLive ? "live again" : "live");
    else {
      this.#endWaiting(own, `version ${version} is to be live`);
      if (wanted?.stage !== "live") this.#wait(own, { stage: "live", share: null });
    }
  }

  #askCanary(own: RegisteredVersion, wish: Wish): Ruling {
    const { stage, share, wanted } = own;
    const other = this.versions.find((v) => v !== own && (v.stage === "canary" || v.wanted?.stage === "canary"));
    if (other)
      return refusal(
        "body.stage",
        `cannot be canary: version ${other.version} ${other.stage === "canary" ? "is" : "is to be"} one, and a model has one at a time`,
      );
    if (!this.live)
      return refusal("body.stage", "cannot be canary: there is no live version yet, which would serve the other units");
    if (stage === "canary") {
      if (share !== wish.share || wanted) this.move(own, wish, named(wish));
    } else if (wanted?.stage !== "canary" || wanted.share !== wish.share) this.#wait(own, wish);
    return this;
  }

  /** A canary goes on serving while it waits; any other learns as a shadow. */
  #wait(version: RegisteredVersion, wish: Wish): void {
    if (version.stage === "retired") version.stage = "shadow";
    version.wanted = wish;
    this.tell(version.version, `to be ${named(wish)} when it has ${this.live ? "caught up" : "begun"}`);
  }

  /** No other version waits to be live any more. */
  #endWaiting(own: RegisteredVersion, why: string): void {
    for (const other of this.versions) {
      if (other === own || other.wanted?.stage !== "live") continue;
      other.wanted = null;
      this.tell(other.version, `no longer to be live: ${why}`);
    }
  }
}

const refusal = (field: string, problem: string): { refused: Refusal } => ({
  refused: { status: 409, field, problem },
});

const named = ({ stage, share }: Wish): string => (share === null ? stage : `${stage} of ${share}`);
