import type { CallOperator, ModelSpec } from "../../../shared/contract/spec.ts";
import type { Properties } from "../../../shared/contract/values.ts";
import { callFeature } from "../../../shared/features/call.ts";
import { LeftOut } from "../../../shared/features/left-out.ts";
import { addOtherOperators } from "../../../shared/features/other-operators.ts";
import type { Choice } from "../client.ts";
import { type Given, isAmong, pathsIn, type Reading, readings, valueAt } from "./names.ts";
import { nearName } from "./near-name.ts";
import { list, quoted, type Said } from "./said.ts";

addOtherOperators();

const namespaces = ["context", "action"] as const satisfies Given[];
const whose = { context: "the context", action: "actions" } as const;

export type CallOptions = { context?: Properties; slots?: number | readonly Properties[] };

/** Compares what calls of one model give with what its spec reads. */
export class CallAdvice {
  /** An author changes it: the newest counts. */
  spec: ModelSpec;
  decisions = 0;
  #leftOut: { spec: ModelSpec; of: LeftOut } | undefined;
  readonly #said: Said;
  /** What calls gave so far, by path. */
  readonly #seen: Record<Given, Set<string>> = { context: new Set(), action: new Set() };
  /** Paths of features that were named as what was probably meant. */
  readonly #meant = new Set<string>();

  constructor(spec: ModelSpec, said: Said) {
    this.spec = spec;
    this.#said = said;
  }

  takeCall(actions: readonly Choice[], { context = {}, slots = [] }: CallOptions): void {
    this.decisions++;
    const given: Record<Given, readonly Properties[]> = {
      context: [context, ...(typeof slots === "number" ? [] : slots)],
      action: actions.map(({ features = {} }) => features),
    };
    for (const namespace of namespaces)
      for (const properties of given[namespace])
        for (const path of pathsIn(properties)) this.#seen[namespace].add(path);
    for (const namespace of namespaces) {
      this.#tellUnread(namespace);
      for (const reading of readings(this.spec, namespace)) this.#tellUnusable(reading, given[namespace]);
    }
    this.#tellLeftOut(actions, context);
  }

  /** Says which actions are joined with nothing, as that would be too much. What the session did is not known here. */
  #tellLeftOut(actions: readonly Choice[], context: Properties): void {
    if (this.#leftOut?.spec !== this.spec) this.#leftOut = { spec: this.spec, of: new LeftOut(this.spec) };
    const input = { at: 0, context, sessionFeatures: {}, profileFeatures: {}, graph: null };
    const given = actions.map(({ id, features = {} }) => ({ id, features }));
    for (const [name, [id]] of this.#leftOut.of.of({ ...input, actions: given }))
      this.#said.once(
        `${this.spec.name}: ${name} would have more than 8,192 features${id ? ` of action ${quoted(id)}` : ""}, and is left out there, though perhaps not of others: shorten texts or vectors, or use similarity.`,
        `${this.spec.name} ${name}: left out`,
      );
  }

  /** Says which features no call gave anything to. */
  tellMissing(): void {
    if (this.decisions === 0) return;
    this.#tellPlaceless();
    for (const namespace of namespaces)
      for (const { feature, path } of this.#missing(namespace)) {
        if (this.#meant.has(`${namespace}.${path}`)) continue;
        this.#said.once(
          `${this.spec.name}: feature ${quoted(feature)} reads ${quoted(path)} of ${whose[namespace]}, which no call of this page gave: it never comes.`,
        );
      }
  }

  /** Says that a click model by places knows none. */
  #tellPlaceless(): void {
    const { name, reward } = this.spec;
    const path = reward.examination?.path;
    if (path === undefined || isAmong(path, this.#seen.context)) return;
    this.#said.once(
      `${name}: reward.examination reads ${quoted(path)} of the context, which no call of this page gave: places do not count. Lists give it by slot: { slots: [{ ${quoted(path)}: 1 }, { ${quoted(path)}: 2 }] }.`,
    );
  }

  /** Says what is given and no feature reads, nor the spec keeps. */
  #tellUnread(namespace: Given): void {
    const { name, keep, reward } = this.spec;
    const kept = keep?.[namespace] ?? [];
    if (kept === "all") return;
    const read = new Set([...readings(this.spec, namespace).map(({ path }) => path), ...kept]);
    if (reward.examination && namespace === "context") read.add(reward.examination.path);
    const news = [...this.#seen[namespace]].filter(
      (path) => !isAmong(path, read) && this.#said.mark(`${name} ${namespace}.${path}`),
    );
    const like = news.filter((path) => this.#tellLike(namespace, path));
    const others = news.filter((path) => !like.includes(path));
    if (others.length > 0)
      this.#said.once(
        `${name}: no feature reads ${list(others)} of ${whose[namespace]}: nothing is learned of it, and it is not logged, unless the spec keeps it (keep).`,
      );
  }

  /** @returns whether a feature reads a name like this, to which nothing was given. */
  #tellLike(namespace: Given, path: string): boolean {
    for (const other of [...namespaces].sort((a) => (a === namespace ? -1 : 1))) {
      const missing = this.#missing(other);
      const near = nearName(
        path,
        missing.map((one) => one.path),
      );
      const meant = missing.find((one) => one.path === near);
      if (!meant) continue;
      this.#meant.add(`${other}.${meant.path}`);
      this.#said.once(
        `${this.spec.name}: no feature reads ${quoted(path)} of ${whose[namespace]}; feature ${quoted(meant.feature)} reads ${quoted(meant.path)} of ${whose[other]}, which no call gave. Is one of the two wrong?`,
      );
      return true;
    }
    return false;
  }

  #missing(namespace: Given): Reading[] {
    // Every action has an id.
    const seen = [...this.#seen[namespace], ...(namespace === "action" ? ["id"] : [])];
    return readings(this.spec, namespace).filter(
      ({ path }) => !seen.some((one) => one === path || one.startsWith(`${path}.`)),
    );
  }

  #tellUnusable({ feature, operator, path }: Reading, given: readonly Properties[]): void {
    for (const properties of given) {
      const value = valueAt(properties, path);
      if (value === undefined || value === null || isUsable(operator, properties, value)) continue;
      this.#said.once(
        `${this.spec.name}: feature ${quoted(feature)} (${operator.op}) can do nothing with ${shortened(value)}, which came as ${quoted(path)}.`,
        `${this.spec.name} ${feature}: unusable`,
      );
      return;
    }
  }
}

/** Of a similarity one of the two vectors is looked at: the other may be elsewhere. */
function isUsable(operator: CallOperator, properties: Properties, value: unknown): boolean {
  if (operator.op !== "similarity") return callFeature(operator)(properties, { at: 0, matches: [] }) !== null;
  return Array.isArray(value) && value.every((x) => typeof x === "number");
}

function shortened(value: unknown): string {
  const text = JSON.stringify(value);
  return text.length > 80 ? `${text.slice(0, 80)}…` : text;
}
