import { z } from "zod";
import { squareCb } from "../policies/policies.ts";
import { type ModelSpec, type ModelSpecInput, modelSpec, type Namespace, specFormatFor, writtenSpec } from "./spec.ts";

/** The author's vocabulary: each function returns the plain JSON that stands in the spec. */

export const rank = () => ({ type: "rank" as const });
/** @param label `binary` (default): probability of label 1; `value`: a number. */
export const predict = (label: "binary" | "value" = "binary") => ({ type: "predict" as const, label });

export const field = (path: string) => ({ op: "field" as const, path });
/** Words of a text and pairs of words that follow each other, each once, in any script. */
export const text = (path: string) => ({ op: "text" as const, path });
/** Numbers: inputs of the graph, or, in a model without one, features each. */
export const vector = (path: string, size: number) => ({ op: "vector" as const, path, size });
/**
 * Cosine between the vector under `path` and another: `session.taste` (a session feature), `context.query`, `action.image`.
 * @example match: similarity("session.taste", "content")
 */
export const similarity = (to: string, path: string) => ({ op: "similarity" as const, to, path });
export const bucket = (path: string, edges: number[]) => ({ op: "bucket" as const, path, edges });
export const log1p = (path: string) => ({ op: "log1p" as const, path });
/** Category of a number by the octave of `1 + |x|`, `perOctave` categories in each. */
export const logBucket = (path: string, perOctave = 1) => ({ op: "logBucket" as const, path, perOctave });
/** Of an action: 1 if events of the session had what the action has under a path of its own, such as `seen("view.item", "id")`; else 0. */
export const seen = (event: string, path: string) => ({ op: "seen" as const, event, path });
/** Of an action: how many events of the session had what it has. */
export const timesSeen = (event: string, path: string) => ({ op: "timesSeen" as const, event, path });
/** Of an action: seconds since the last event that had what it has; missing, where there was none. */
export const lastSeenAgo = (event: string, path: string) => ({ op: "lastSeenAgo" as const, event, path });
export const hourOfDay = (offsetMinutes = 0) => ({ op: "hourOfDay" as const, offsetMinutes });
export const stored = (path: string, options: { ttl: string; default: number | string | boolean }) => ({
  op: "stored" as const,
  path,
  ...options,
});

type Window = { window: string };
// Options may be missing where nobody compiles: the schema says so by name.
export const count = (event: string, options: Window) => ({ op: "count" as const, event, ...options });
/** Events a second over the window. */
export const rate = (event: string, options: Window) => ({ op: "rate" as const, event, ...options });
export const sum = (path: string, options: Window) => ({ op: "sum" as const, path, ...options });
export const mean = (path: string, options: Window) => ({ op: "mean" as const, path, ...options });
export const min = (path: string, options: Window) => ({ op: "min" as const, path, ...options });
export const max = (path: string, options: Window) => ({ op: "max" as const, path, ...options });
export const last = (path: string) => ({ op: "last" as const, path });
export const lastDistinct = (path: string, n: number) => ({ op: "lastDistinct" as const, path, n });
/** Seconds since the last such event. */
export const timeSince = (event: string) => ({ op: "timeSince" as const, event });
export const ratio = (numerator: string, denominator: string, options: Window) => ({
  op: "ratio" as const,
  numerator,
  denominator,
  ...options,
});
/** Mean of a vector property, each event weighing half as much every `halfLife`. */
export const decayedMean = (path: string, options: { halfLife: string; size: number }) => ({
  op: "decayedMean" as const,
  path,
  ...options,
});

// biome-ignore lint/performance/noBarrelFile: authors find all functions in one place, and a new policy must not need a line here.
export * from "../policies/policies.ts";

/** Adaptive, normalised, importance-aware updates, as Vowpal Wabbit's default. */
export const adaptive = ({ bits = 18, learningRate = 0.5 } = {}) => ({ type: "adaptive" as const, bits, learningRate });

/** Weights and factors (Rendle 2010): for rank models with many pairs of features that are seldom seen; see shared/online/factorised.ts. */
export const factorised = ({ bits = 16, rank = 16 } = {}) => ({ type: "factorised" as const, bits, rank });
/**
 * The learner that needs no tuning (shared/online/auto/auto-learner.ts), and the default; 2^bits is the number of weights. It brings the default
 * treatment of numbers with it, and interactions where the author names none.
 */
export const auto = ({ bits = 18 } = {}) => ({ type: "auto" as const, bits });

/**
 * Bayesian linear regression, which knows how unsure it is of each weight (shared/online/bayesian.ts).
 * @param variance of every weight before anything was learned.
 * @param forgetting share of what is known of a feature that each of its examples makes forgotten.
 */
export const bayesian = ({ bits = 18, variance = 0.1, forgetting = 0 } = {}) => ({
  type: "bayesian" as const,
  bits,
  variance,
  forgetting,
});

/**
 * Checks a spec and fills in its defaults (policy `squareCb()`, learner `auto()`). The result is plain JSON.
 * @throws Error naming every field that is wrong, and what does not go together.
 * @example
 * defineModel({ name: "intent", task: predict(), features: { context: { pages: log1p("pages") } },
 *   reward: { wait: "30m", default: null, aggregate: "first" } })
 */
export function defineModel(
  spec: Omit<ModelSpecInput, "policy" | "learner"> & Partial<Pick<ModelSpecInput, "policy" | "learner">>,
): ModelSpec {
  const result = writtenSpec.safeParse(withDefaults(spec), { error: plainly });
  if (!result.success) {
    const problems = result.error.issues.map((i) => `  ${i.path.join(".") || "(spec)"}: ${i.message}`);
    throw new Error(`model ${JSON.stringify(spec?.name) ?? "without a name"} is not valid:\n${problems.join("\n")}`);
  }
  return result.data;
}

/** What the schema has no words of its own for. */
const plainly: z.core.$ZodErrorMap = (issue) => {
  if (issue.code === "invalid_union" && Array.isArray(issue.options))
    return `must be one of ${issue.options.join(", ")}`;
  if (issue.code !== "invalid_type") return undefined;
  const what = /^[aeio]/.test(issue.expected) ? `an ${issue.expected}` : `a ${issue.expected}`;
  return issue.input === undefined ? `is missing: it is ${what}` : `must be ${what}`;
};

/** A spec as its author wrote it, which nobody has checked yet, with what `defineModel` fills in. What is no object is left as it is. */
export function withDefaults(spec: unknown): unknown {
  if (typeof spec !== "object" || spec === null) return spec;
  const written = spec as Partial<ModelSpecInput>;
  const learner = written.learner ?? auto();
  const interactions = written.interactions ?? (learner.type === "auto" ? defaultInteractions(written) : []);
  return { format: specFormatFor(written), policy: squareCb(), ...spec, learner, interactions };
}

/**
 * Interactions of a model whose author names none: every pair of namespaces that has a feature, with themselves too; for rank, those
 * that tell one action from another.
 */
function defaultInteractions({ task, features, graph }: Partial<ModelSpecInput>): [Namespace, Namespace][] {
  const used = (["session", "context", "profile", "action"] as const).filter(
    (namespace) =>
      Object.keys(features?.[namespace] ?? {}).length > 0 ||
      // Actions without features have their ids (features/featurizer.ts).
      (namespace === "action" && task?.type === "rank" && graph === undefined),
  );
  const pairs = used.flatMap((first, i) => used.slice(i).map((second): [Namespace, Namespace] => [first, second]));
  return task?.type === "rank" ? pairs.filter(([, second]) => second === "action") : pairs;
}

/** JSON Schema (draft 2020-12) of a spec, for editors and other languages. */
export const modelJsonSchema = (): Record<string, unknown> => z.toJSONSchema(modelSpec, { io: "input" });
