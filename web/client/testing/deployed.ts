import { expect } from "vitest";
import type { RankResponse } from "../../../shared/contract/calls.ts";
import type { Manifest } from "../../../shared/contract/manifest.ts";
import type { DecisionRecord } from "../../../shared/contract/record.ts";
import type { ModelSpec } from "../../../shared/contract/spec.ts";
import type { Properties } from "../../../shared/contract/values.ts";
import { askEdge } from "./edge.ts";
import { type LogRow, logRows } from "./log.ts";
import { fruit, named } from "./models.ts";

/** What is to be learned: an action, and what it earned. */
export type Lesson = { id: string; features: Properties; value: number };
type Placing = { stage?: "live" | "canary" | "shadow"; share?: number };

/** A model that a test has deployed, as it is at the edge itself: nothing here goes through a proxy. */
export class Deployed {
  readonly name: string;
  #taught = 0;

  private constructor(name: string) {
    this.name = name;
  }

  /** Deploys the first version, which is live at once. */
  static async start(spec: ModelSpec, graph?: Uint8Array): Promise<Deployed> {
    const model = new Deployed(spec.name);
    await model.deploy(spec, {}, graph);
    return model;
  }

  /** @returns the version's number. */
  async deploy(spec: ModelSpec, placing: Placing = {}, graph?: Uint8Array): Promise<number> {
    const body = { spec, ...placing, ...(graph && { graph: await handIn(graph) }) };
    const { version } = await call<{ version: number }>("POST", `/v1/models/${this.name}/versions`, body);
    return version;
  }

  place = (version: number, placing: Placing): Promise<unknown> =>
    call("PATCH", `/v1/models/${this.name}/versions/${version}`, placing);

  rollback = (): Promise<unknown> => call("POST", `/v1/models/${this.name}/rollback`, {});

  manifest = (): Promise<Manifest> => call("GET", `/v1/models/${this.name}`);

  /** The edge's own choice. */
  rank = (body: object): Promise<RankResponse> =>
    call("POST", `/v1/models/${this.name}/rank`, { unit: "edge", ...body });

  /** Lets it learn: each lesson is a decision at the edge, and its feedback. Resolves when the live version has published what it learned. */
  async teach(lessons: readonly Lesson[]): Promise<void> {
    const { examples } = await this.manifest();
    const sentAt = Date.now();
    const feedback: object[] = [];
    for (const { id, features, value } of lessons) {
      const decision = `lessons-${this.name}.${this.#taught++}`;
      await this.rank({ id: decision, actions: [{ id, features }] });
      feedback.push({ format: 2, id: decision, value, at: sentAt, final: true });
    }
    await call("POST", "/v1/batch", { format: 2, sentAt, feedback });
    await expect
      .poll(async () => (await this.manifest()).examples, { timeout: 20_000 })
      .toBeGreaterThanOrEqual(examples + lessons.length);
  }

  /** Resolves when the edge itself chooses so: it looks for a newer snapshot behind its answers. */
  async chooses(best: string, actions: readonly object[]): Promise<void> {
    const ask = () => this.rank({ id: `lessons-${this.name}.${this.#taught++}`, actions });
    await expect.poll(async () => (await ask()).chosen, { timeout: 20_000 }).toBe(best);
  }

  /** What the log has of the model, without the lessons. Rows of one session are in the order in which the edge took them. */
  async log(): Promise<LogRow[]> {
    const rows = await logRows({ model: this.name });
    return rows.filter(({ model, id }) => model === this.name && !id.startsWith("lessons-"));
  }

  async decisions(): Promise<DecisionRecord[]> {
    const rows = await this.log();
    return rows.flatMap((row) => (row.kind === "decision" ? [row.record as DecisionRecord] : []));
  }

  async feedback(): Promise<LogRow[]> {
    return (await this.log()).filter(({ kind }) => kind === "feedback");
  }
}

/** A model of which a kind of fruit is liked. */
export async function fruitModel(best: string): Promise<Deployed> {
  const model = await Deployed.start(named(fruit));
  await model.teach(liking(best));
  return model;
}

/** Lessons of which one kind of fruit is liked, and the others are not. */
export const liking = (best: string, times = 3): Lesson[] =>
  Array.from({ length: times }, () => ["apple", "banana", "cherry"])
    .flat()
    .map((kind) => ({
      id: kind,
      features: { kind },
      value: kind === best ? 1 : 0,
    }));

const call = <T>(method: string, path: string, body?: object): Promise<T> =>
  askEdge({ method, path, ...(body && { body }) });

/** Hands a file in. @returns its hash. */
async function handIn(bytes: Uint8Array): Promise<string> {
  const hash = await crypto.subtle.digest("SHA-256", Uint8Array.from(bytes));
  const sha256 = Array.from(new Uint8Array(hash), (byte) => byte.toString(16).padStart(2, "0")).join("");
  await askEdge({ method: "PUT", path: `/v1/artifacts/${sha256}`, base64: btoa(String.fromCharCode(...bytes)) });
  return sha256;
}
