import fc from "fast-check";
import { describe, expect, test } from "vitest";
import type { RegisteredVersion, Wish } from "./messages.ts";
import { asked, begun, caughtUp, deployed, type Ruling, rolledBack } from "./stages.ts";

const wish = (stage: Wish["stage"], share: number | null = null): Wish => ({ stage, share });
const live = wish("live");
const shadow = wish("shadow");

/** A model's versions, and what happens to them one thing after the other. */
class Life {
  versions: RegisteredVersion[] = [];
  told: string[] = [];

  /** Deploys a version whose trainer begins at once. */
  deploy(wanted = shadow): this {
    const version = this.versions.length + 1;
    const pointer = { url: "", sha256: "", bytes: 0 };
    this.take(deployed(this.versions, { model: "m", version, spec: pointer, graph: null, createdAt: 0 }, wanted));
    return this.take(begun(this.versions, version));
  }

  ask(version: number, wanted: Wish): this {
    return this.take(asked(this.versions, version, wanted));
  }

  caughtUp(version: number): this {
    return this.take(caughtUp(this.versions, version));
  }

  rollback(): this {
    return this.take(rolledBack(this.versions));
  }

  take(ruling: Ruling): this {
    if ("refused" in ruling) throw new Error(ruling.refused.problem);
    this.versions = ruling.versions;
    this.told = ruling.history.map(({ version, what }) => `${version}: ${what}`);
    return this;
  }

  get stages(): string {
    return this.versions
      .map(({ stage, share, wanted }) => `${stage}${share ?? ""}${wanted ? ` to be ${wanted.stage}` : ""}`)
      .join(", ");
  }

  /** Versions 1 to n, of which each became live after the one before. */
  static of(n: number): Life {
    const life = new Life().deploy();
    for (let version = 2; version <= n; version++) life.deploy(live).caughtUp(version);
    return life;
  }
}

describe("a version that is deployed", () => {
  test.each([live, shadow, wish("canary", 0.5)])("is live when it is the first, whatever was asked for", (wanted) => {
    expect(new Life().deploy(wanted).stages).toBe("live");
  });

  test("waits as a shadow for what it is to be, and becomes it when it has caught up", () => {
    const life = Life.of(1).deploy(live);
    expect(life.stages).toBe("live, shadow to be live");
    expect(life.caughtUp(2).stages).toBe("shadow, live");
    life.deploy(wish("canary", 0.1));
    expect(life.stages).toBe("shadow, live, shadow to be canary");
    expect(life.caughtUp(3).stages).toBe("shadow, live, canary0.1");
  });

  test("goes live as soon as it has begun while no other is", () => {
    const life = new Life();
    const pointer = { url: "", sha256: "", bytes: 0 };
    const fresh = { model: "m", version: 1, spec: pointer, graph: null, createdAt: 0 };
    life.take(deployed([], fresh, live));
    // The first one's trainer cannot begin; somebody deploys a better spec.
    life.take(deployed(life.versions, { ...fresh, version: 2 }, live));
    expect(life.stages).toBe("shadow, shadow to be live");
    expect(life.told).toContain("1: no longer to be live: version 2 is to be live");
    expect(life.take(begun(life.versions, 2)).stages).toBe("shadow, live");
  });
});

describe("what was live", () => {
  test("goes on as a shadow; of those that were, only the last one does", () => {
    expect(Life.of(2).stages).toBe("shadow, live");
    expect(Life.of(3).stages).toBe("retired, shadow, live");
    expect(Life.of(4).stages).toBe("retired, retired, shadow, live");
  });

  test("is live again at once, also when it retired", () => {
    const life = Life.of(3);
    expect(life.ask(1, live).stages).toBe("live, retired, shadow");
    expect(life.versions[0]).toMatchObject({ replaced: 3 });
  });

  test("is rolled back to one version after the other", () => {
    const life = Life.of(3);
    expect(life.rollback().stages).toBe("retired, live, shadow");
    expect(life.told[0]).toBe("2: live again: rolled back from version 3");
    expect(life.rollback().stages).toBe("live, shadow, retired");
    expect(() => life.rollback()).toThrow("has no version to go back to: before version 1 none was live");
    expect(life.ask(3, live).stages).toBe("shadow, retired, live");
    expect(life.rollback().stages).toBe("live, retired, shadow");
  });

  test("is gone back to once: a version that was promoted again is not behind those that came between", () => {
    const life = Life.of(3);
    life.ask(1, live);
    expect([life.rollback().stages, life.rollback().stages]).toEqual([
      "shadow, retired, live",
      "retired, live, shadow",
    ]);
    expect(() => life.rollback()).toThrow("has no version to go back to: before version 2 none was live");
    life.ask(3, live);
    life.ask(2, live);
    expect(life.rollback().stages).toBe("retired, shadow, live");
    expect(() => life.rollback()).toThrow("before version 3 none was live");
  });

  test("cannot be taken away but by another that becomes live", () => {
    for (const wanted of [shadow, wish("canary", 0.1), wish("retired")])
      expect(() => Life.of(2).ask(2, wanted)).toThrow("Make another one live first, or roll back");
  });
});

describe("waiting to be live", () => {
  test("is one version's at a time", () => {
    const life = Life.of(1).deploy(live).deploy(live);
    expect(life.stages).toBe("live, shadow, shadow to be live");
    expect(life.ask(2, live).stages).toBe("live, shadow to be live, shadow");
  });

  test("ends with a rollback, with another promotion, and when somebody asks otherwise", () => {
    const waiting = () => Life.of(2).deploy(live);
    const back = waiting().rollback();
    expect(back.stages).toBe("live, shadow, shadow");
    expect(back.told).toContain("3: no longer to be live: version 1 is live");
    // What its trainer says comes too late.
    expect(back.caughtUp(3).stages).toBe("live, shadow, shadow");
    expect(waiting().ask(1, live).stages).toBe("live, shadow, shadow");
    expect(waiting().ask(2, live).stages).toBe("shadow, live, shadow");
    expect(waiting().ask(3, shadow).stages).toBe("shadow, live, shadow");
    expect(waiting().ask(3, wish("retired")).stages).toBe("shadow, live, retired");
  });
});

describe("a canary", () => {
  const canary = () => Life.of(1).deploy(wish("canary", 0.1)).caughtUp(2);

  test("serves at another share at once, and goes on serving while it waits to be live", () => {
    expect(canary().ask(2, wish("canary", 0.5)).stages).toBe("live, canary0.5");
    const promoted = canary().ask(2, live);
    expect(promoted.stages).toBe("live, canary0.1 to be live");
    expect(promoted.caughtUp(2).stages).toBe("shadow, live");
  });

  test("is one of a model at a time", () => {
    expect(() => canary().deploy(wish("canary", 0.1))).toThrow("version 2 is one, and a model has one at a time");
    expect(() => Life.of(1).deploy(wish("canary", 0.1)).deploy(wish("canary", 0.1))).toThrow("version 2 is to be one");
  });

  test("stays when another version becomes live", () => {
    expect(canary().deploy(live).caughtUp(3).stages).toBe("shadow, canary0.1, live");
  });
});

test("whatever happens, one version is live, one waits to be, one is a canary, and what is said again changes nothing", () => {
  const wishes = fc.constantFrom(live, shadow, wish("retired"), wish("canary", 0.1), wish("canary", 0.9));
  const event = fc.oneof(
    fc.tuple(fc.constant("deploy"), fc.constant(0), wishes),
    fc.tuple(fc.constant("ask"), fc.nat(5), wishes),
    fc.tuple(fc.constant("caught up"), fc.nat(5), wishes),
    fc.tuple(fc.constant("roll back"), fc.constant(0), wishes),
  );
  fc.assert(
    fc.property(fc.array(event, { maxLength: 40 }), (events) => {
      const life = Life.of(1);
      for (const [what, n, wanted] of events) {
        const version = (n % life.versions.length) + 1;
        try {
          if (what === "deploy" && wanted.stage !== "retired") life.deploy(wanted);
          if (what === "ask") {
            const before = life.ask(version, wanted).versions;
            expect(life.ask(version, wanted)).toMatchObject({ versions: before, told: [] });
          }
          if (what === "caught up") life.caughtUp(version);
          if (what === "roll back") life.rollback();
        } catch (error) {
          if (!/^(cannot be|has no version)/.test((error as Error).message)) throw error;
        }
        const count = (is: (v: RegisteredVersion) => boolean) => life.versions.filter(is).length;
        expect(count(({ stage }) => stage === "live")).toBe(1);
        expect(count(({ wanted }) => wanted?.stage === "live")).toBeLessThanOrEqual(1);
        expect(count(({ stage, wanted }) => stage === "canary" || wanted?.stage === "canary")).toBeLessThanOrEqual(1);
        for (const { stage, share } of life.versions) expect(share === null).toBe(stage !== "canary");
      }
    }),
    { numRuns: 500 },
  );
});
