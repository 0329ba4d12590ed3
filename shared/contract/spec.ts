import { z } from "zod";
import { policyOf, policySchemas } from "../policies/all-policies.ts";
import { learning } from "../policies/learning.ts";
import { committeeOf } from "../policies/policy-of.ts";
import { SPEC_FORMAT } from "./format.ts";
import { MAX_LIST_VALUES, MAX_PROPERTIES } from "./limits.ts";
import { key, modelName, timestamp } from "./values.ts";

/** The model spec: plain JSON, as it travels in the manifest. `defineModel` (define.ts) is how authors write it. */

/** A span of time: `500ms`, `30s`, `10m`, `24h`, `7d`. */
export const duration = z
  .string()
  .regex(/^\d+(\.\d+)?(ms|s|m|h|d)$/, 'must be a duration such as "30s", "10m" or "24h"');
const window = z.union([z.literal("session"), duration], {
  error: 'must say over what time: { window: "session" }, or a duration such as { window: "10m" }',
});
/** `device`, or `geo.country` for a nested property. */
const path = z.string().regex(/^[^.\s]+(\.[^.\s]+)?$/, 'must be "property" or "property.nested"');
const eventType = z.string().regex(/^[A-Za-z0-9_-]{1,64}$/);
/** `view.genre`: property `genre` of events of type `view`. */
const eventPath = z.string().regex(/^[A-Za-z0-9_-]{1,64}\.[^.\s]+$/, 'must be "event.property"');

// --- operators over the call's own data (context, action) ---------------------------------------------------------
const fieldOp = z.strictObject({ op: z.literal("field"), path });
const vectorOp = z.strictObject({ op: z.literal("vector"), path, size: z.number().int().min(1).max(MAX_LIST_VALUES) });
const textOp = z.strictObject({ op: z.literal("text"), path });
/** `session.taste`: a feature of the session; `context.query`, `action.image`: a property. */
const vectorPath = z
  .string()
  .regex(
    /^(session\.[^.\s]+|(context|action)\.[^.\s]+(\.[^.\s]+)?)$/,
    'must be "session.feature", "context.property" or "action.property"',
  );
const similarityOp = z.strictObject({ op: z.literal("similarity"), to: vectorPath, path });
const bucketOp = z.strictObject({ op: z.literal("bucket"), path, edges: z.array(z.number()).min(1).max(64) });
const log1pOp = z.strictObject({ op: z.literal("log1p"), path });
const logBucketOp = z.strictObject({ op: z.literal("logBucket"), path, perOctave: z.number().min(0.25).max(8) });
// Of actions: whether events of the session had what the action has under `path`, its id if that is "id".
const matched = { event: eventPath, path };
const seenOp = z.strictObject({ op: z.literal("seen"), ...matched });
const timesSeenOp = z.strictObject({ op: z.literal("timesSeen"), ...matched });
const lastSeenAgoOp = z.strictObject({ op: z.literal("lastSeenAgo"), ...matched });
const hourOfDayOp = z.strictObject({ op: z.literal("hourOfDay"), offsetMinutes: z.number().int().min(-840).max(840) });
// --- profile ---------------------------------------------------------------------------------------------------------
const storedOp = z.strictObject({
  op: z.literal("stored"),
  path,
  ttl: duration,
  default: z.union([z.number(), z.string(), z.boolean()]),
});
// --- operators over session events -----------------------------------------------------------------------------------
const countOp = z.strictObject({ op: z.literal("count"), event: eventType, window });
const rateOp = z.strictObject({ op: z.literal("rate"), event: eventType, window });
const foldOp = z.strictObject({ op: z.enum(["sum", "mean", "min", "max"]), path: eventPath, window });
const lastOp = z.strictObject({ op: z.literal("last"), path: eventPath });
const lastDistinctOp = z.strictObject({
  op: z.literal("lastDistinct"),
  path: eventPath,
  n: z.number().int().min(1).max(64),
});
const timeSinceOp = z.strictObject({ op: z.literal("timeSince"), event: eventType });
const ratioOp = z.strictObject({ op: z.literal("ratio"), numerator: eventType, denominator: eventType, window });
const decayedMeanOp = z.strictObject({
  op: z.literal("decayedMean"),
  path: eventPath,
  halfLife: duration,
  size: z.number().int().min(1).max(MAX_LIST_VALUES),
});

const callOps = [fieldOp, vectorOp, bucketOp, log1pOp, logBucketOp, hourOfDayOp, textOp, similarityOp] as const;
/** Of actions only. */
const matchOps = [seenOp, timesSeenOp, lastSeenAgoOp] as const;
const actionOps = [...callOps, ...matchOps] as const;
const sessionOps = [countOp, rateOp, foldOp, lastOp, lastDistinctOp, timeSinceOp, ratioOp, decayedMeanOp] as const;
/** Which operators there are, by the namespaces of their features. */
const homes = [
  ["features.context or features.action", callOps],
  ["features.action", matchOps],
  ["features.session", sessionOps],
  ["features.profile", [storedOp]],
] as const;

type Ops = readonly (typeof homes)[number][1][number][];
const namesOf = (ops: Ops): unknown[] => ops.flatMap((one) => [...one.shape.op._zod.values]);

/** Says of what is none of these operators where it belongs, or which there are. */
const among = (ops: Ops) => ({
  error: ({ input }: { input?: unknown }) => {
    const op = (input as { op?: string } | null | undefined)?.op;
    const home = homes.find(([, theirs]) => namesOf(theirs).includes(op));
    if (home) return `${op} belongs into ${home[0]}`;
    return `must be one of ${namesOf(ops).join(", ")}`;
  },
});
const contextOperator = z.discriminatedUnion("op", callOps, among(callOps));
const actionOperator = z.discriminatedUnion("op", actionOps, among(actionOps));
const sessionOperator = z.discriminatedUnion("op", sessionOps, among(sessionOps));
const profileOperator = z.discriminatedUnion("op", [storedOp], among([storedOp]));
/** An operator on the data of the call: context or action; some are for actions only. */
export type CallOperator = z.infer<typeof actionOperator>;
/** An operator on the events of the session. */
export type SessionOperator = z.infer<typeof sessionOperator>;
/** An operator on what batch jobs stored for the unit. */
export type StoredOperator = z.infer<typeof storedOp>;

export const taskSpec = z.discriminatedUnion(
  "type",
  [
    z.strictObject({ type: z.literal("rank") }),
    z.strictObject({
      type: z.literal("predict"),
      /** `binary`: a probability of label 1, logistic loss. `value`: a number, squared loss. */
      label: z.enum(["binary", "value"]),
    }),
  ],
  { error: 'must say what the model does: rank() or predict(), in JSON { "type": "rank" }' },
);

export type TaskSpec = z.infer<typeof taskSpec>;

const policy = z.discriminatedUnion("type", policySchemas(z));

/** 2^21 weights with what learning keeps of each are some 40 MiB: a learner has 128 MiB for all it does. */
const bits = z.number().int().min(8).max(21);
const learner = z.discriminatedUnion("type", [
  z.strictObject({ type: z.literal("adaptive"), bits, learningRate: z.number().positive() }),
  /** Nothing to tune: candidates compete, and numbers get the default treatment (shared/features/numeric.ts). */
  z.strictObject({ type: z.literal("auto"), bits: bits.max(20) }),
  /** Pairs of a shared feature and one of the action are learned through factors of `rank` numbers: no interactions needed. */
  z.strictObject({
    type: z.literal("factorised"),
    bits: z.number().int().min(8).max(18),
    rank: z.number().int().min(1).max(64),
  }),
  /** Knows how unsure it is of each weight; see shared/online/bayesian.ts. */
  z.strictObject({
    type: z.literal("bayesian"),
    bits,
    variance: z.number().positive().max(1e6),
    forgetting: z.number().min(0).max(1),
  }),
]);
export type LearnerSpec = z.infer<typeof learner>;

/** How decisions, of which only the chosen action's reward is known, become examples of regression (shared/bandit/reductions/). */
const reduction = z.enum(["mtr", "ips", "dr", "dm"]);
export type Reduction = z.infer<typeof reduction>;

/** The namespaces an interaction may join. `graph` holds the outputs of the graph. */
export const namespaces = ["session", "context", "profile", "action", "graph"] as const;
export type Namespace = (typeof namespaces)[number];

/** Says of what is no object what would be right. */
const object = <Shape extends z.core.$ZodLooseShape>(shape: Shape, right: string) =>
  z.strictObject(shape, { error: ({ code }) => (code === "invalid_type" ? `must be ${right}` : undefined) });

const rewardShape = {
  /** How long after the decision feedback still counts. */
  wait: duration,
  /**
   * How much longer is waited for what happened within `wait` and has not arrived: from pages that were off line in between. So much later a decision without feedback
   * is learned as the default, unless its page was heard of before. When it is left out, it is waited for pages as long as `wait` again, and for nobody else.
   */
  lateness: duration.optional(),
  /** What a decision without feedback is learned as; null: it is not learned. */
  default: z.number().nullable(),
  /** How several values for one decision become one. `first` completes the example at once. */
  aggregate: z.enum(["first", "last", "max", "min", "sum", "mean"]),
  /**
   * Lowest and highest value; what is outside is learned as the nearer of them, so that no caller can move a model by an absurd one. Of rank models [0, 1],
   * when it is left out; values of predict models have none then.
   */
  range: z.tuple([z.number(), z.number()]).optional(),
  /**
   * Of lists: how probable it is that a visitor looks at a place at all, by what the context says under `path` (versions/examination.ts). So what stands low is not taken for bad. Other places are
   * looked at by everybody.
   */
  examination: z
    .strictObject({
      path,
      probabilities: z
        .record(key, z.number().positive().max(1))
        .refine((places) => Object.keys(places).length > 0, "must name a place")
        .refine((places) => Object.keys(places).length <= MAX_PROPERTIES, `must name at most ${MAX_PROPERTIES} places`),
    })
    .optional(),
};
const reward = object(
  rewardShape,
  'what is learned of feedback, such as { wait: "10m", default: 0, aggregate: "max" }',
);
export type RewardSpec = z.infer<typeof reward>;

const most = z.number().int().min(1).nullable().optional();
/** Most examples that are learned an hour of what strangers sent; null: any number. What is left out is as per-hour.ts says, which says also what each is. */
const perHour = z.strictObject({ session: most, unit: most, network: most, all: most });
export type PerHourSpec = z.infer<typeof perHour>;

/** Decisions received from `since` on, before `until`: ms since the epoch, the log's clock. */
export const logRange = z
  .strictObject({ since: timestamp.optional(), until: timestamp.optional() })
  .refine(({ since = 0, until = Number.POSITIVE_INFINITY }) => since < until, {
    path: ["until"],
    message: "must be later than since",
  });
export type LogRange = z.infer<typeof logRange>;

const features = object(
  {
    session: z.record(key, sessionOperator).default({}),
    context: z.record(key, contextOperator).default({}),
    profile: z.record(key, profileOperator).default({}),
    action: z.record(key, actionOperator).default({}),
  },
  "the model's features: { session, context, profile, action }, each as far as there are any",
);

/** Operators that a release which reads format 1 does not know. */
const LATER_OPERATORS: ReadonlySet<string> = new Set([
  "text",
  "seen",
  "timesSeen",
  "lastSeenAgo",
  "similarity",
] satisfies CallOperator["op"][]);

/** What gives a vector. */
const VECTOR_OPERATORS: ReadonlySet<string> = new Set(["vector", "decayedMean"] satisfies (
  | CallOperator
  | SessionOperator
)["op"][]);

/**
 * The format that a spec needs, which nobody may have checked yet: 2 with later operators, and with vectors that no graph takes. In format 1 nothing is learned of those: a version that was made when that
 * was so must not score otherwise in pages of two releases.
 */
export const specFormatFor = ({ features, graph }: { features?: unknown; graph?: unknown }): 1 | typeof SPEC_FORMAT =>
  hasOperator(features, LATER_OPERATORS) || (graph === undefined && hasOperator(features, VECTOR_OPERATORS))
    ? SPEC_FORMAT
    : 1;

function hasOperator(features: unknown, operators: ReadonlySet<string>): boolean {
  const { session, context, action } = (features ?? {}) as Partial<Record<Namespace, unknown>>;
  return [session, context, action]
    .flatMap((named): unknown[] => Object.values(named ?? {}))
    .some((operator) => operators.has((operator as { op?: string } | null)?.op ?? ""));
}

/** The features of which nothing is learned, as they are vectors that no graph takes in a spec of format 1. */
export const unseenVectors = ({ format = 1, features, graph }: ModelSpec): string[] =>
  format > 1 || graph !== undefined
    ? []
    : Object.entries(features).flatMap(([namespace, named]) =>
        Object.entries<{ op: string }>(named).flatMap(([name, { op }]) =>
          VECTOR_OPERATORS.has(op) ? [`${namespace}.${name}`] : [],
        ),
      );

const kept = z.union([z.literal("all"), z.array(path).max(MAX_PROPERTIES)]).optional();
/**
 * Properties that are logged though no feature of the model reads them (features/read-properties.ts), such as those that a feature of a later version may
 * read; all of them, or by path.
 */
const keep = z.strictObject({ context: kept, action: kept });

const fields = z.strictObject({
  /** Without one it is 1; see format.ts. */
  format: z.union([z.literal(1), z.literal(SPEC_FORMAT)]).optional(),
  name: modelName,
  task: taskSpec,
  features,
  interactions: z
    .array(z.array(z.enum(namespaces)).min(2).max(3))
    .max(32)
    .default([]),
  reward,
  perHour: perHour.optional(),
  keep: keep.optional(),
  /** The part of the log that is learned; all of it, when it is left out. */
  log: logRange.optional(),
  policy,
  learner,
  /** Of rank models; mtr when it is left out. */
  reduction: reduction.optional(),
  /** File of an ONNX graph beside the spec: inputs are named `session.taste`, `action.content`, ...; outputs become `graph` features. */
  graph: z.string().min(1).optional(),
});

/** One immutable description of a model. Its SHA-256 (canonical JSON) tells versions apart. */
export const modelSpec = fields.superRefine((spec, context) => {
  for (const [field, message] of contradictions(spec))
    context.addIssue({ code: "custom", path: field.split("."), message });
});
export type ModelSpec = z.infer<typeof modelSpec>;
/** One as an author gives it. What was deployed before something was refused goes on as it is. */
export const writtenSpec = modelSpec.superRefine((spec, context) => {
  for (const [path, message] of mistakes(spec)) context.addIssue({ code: "custom", path, message });
});

/** What can be read, and cannot be meant: where it stands, and what to do. */
function* mistakes({ task, features, interactions, graph }: ModelSpec): Generator<[path: PropertyKey[], string]> {
  for (const [namespace, operators] of Object.entries(features))
    for (const [name, operator] of Object.entries<CallOperator | SessionOperator | StoredOperator>(operators)) {
      const at = ["features", namespace, name];
      if (name.includes(".")) yield [at, `must have a name without a dot, such as ${name.replaceAll(".", "_")}`];
      if (operator.op === "bucket" && operator.edges.some((edge, i) => edge <= operator.edges[i - 1]!))
        yield [[...at, "edges"], "must rise: each edge is more than the one before"];
      if (operator.op === "similarity") {
        const problem = comparison(operator.to, namespace, features);
        if (problem) yield [[...at, "to"], problem];
      }
    }
  const isEmpty = (namespace: Namespace) =>
    namespace === "graph"
      ? graph === undefined
      : Object.keys(features[namespace]).length === 0 &&
        // Actions without features have their ids (features/featurizer.ts).
        !(namespace === "action" && task.type === "rank" && graph === undefined);
  for (const [i, joined] of interactions.entries())
    for (const namespace of new Set(joined.filter(isEmpty)))
      yield [
        ["interactions", i],
        namespace === "graph"
          ? "joins graph, and the model has none: give it a graph, or leave the interaction out"
          : `joins ${namespace}, which has no feature: give features.${namespace} one, or leave the interaction out`,
      ];
}

/** What is wrong with what a feature of a namespace is compared with. */
function comparison(to: string, namespace: string, { session }: ModelSpec["features"]): string | undefined {
  const [of, name] = to.split(".") as [string, string];
  if (of === "action" && namespace !== "action") return "is of an action: give the feature to features.action";
  if (of !== "session") return undefined;
  const { op } = (Object.hasOwn(session, name) && session[name]) || {};
  return op === "decayedMean" ? undefined : `is no vector: features.session.${name} must be a decayedMean`;
}

/** What an author may leave out is optional here. */
export type ModelSpecInput = z.input<typeof modelSpec>;

/**
 * Most weights that several learners have together. Learning keeps 20 bytes of each, auto 37, and commits and publishes copies beside
 * them: all has to fit into the 128 MB of one object (bench/memory.ts).
 */
const MAX_WEIGHTS_TOGETHER = 2 ** 21;
const MAX_AUTO_WEIGHTS_TOGETHER = 5 * 2 ** 18;
/** Most factors, for the same reason. */
const MAX_FACTORS = 2 ** 23;

/** In what range rewards or labels are learned; null: as they are. */
export const rewardRange = ({
  task,
  reward,
}: Pick<z.infer<typeof fields>, "task" | "reward">): [number, number] | null =>
  reward.range ?? (task.type === "rank" ? [0, 1] : null);

/** What is right by itself, but not together: the field, and what to do. */
function* contradictions({
  format = 1,
  task,
  features,
  policy,
  learner,
  reduction = "mtr",
  reward,
}: z.infer<typeof fields>): Generator<[field: string, message: string]> {
  if (format < SPEC_FORMAT && hasOperator(features, LATER_OPERATORS))
    yield ["format", `must be ${SPEC_FORMAT}, as releases that read format ${format} do not know all of its operators`];
  const { countsOnce, needsDeviations } = policyOf(policy);
  const committee = committeeOf(policy);
  if (learner.type === "factorised" && learner.rank * 2 ** learner.bits > MAX_FACTORS)
    yield [
      "learner.rank",
      `must be at most ${MAX_FACTORS / 2 ** learner.bits} with ${learner.bits} bits: more do not fit into memory`,
    ];
  const { range } = reward;
  const [lowest, highest] = rewardRange({ task, reward }) ?? [Number.NEGATIVE_INFINITY, Number.POSITIVE_INFINITY];
  if (reward.default !== null && !(reward.default >= lowest && reward.default <= highest))
    yield [
      "reward.default",
      `must be in the range of rewards, [${lowest}, ${highest}]: give the spec its reward.range`,
    ];
  if (range && !(range[0] < range[1])) yield ["reward.range", "must be the lowest value and then the highest"];
  if (task.type === "predict") {
    if (reward.examination)
      yield ["reward.examination", "is for models that rank: leave it out of a model that predicts"];
    if (range && task.label === "binary")
      yield ["reward.range", "is for rewards and labels that are numbers: a binary label is 0 or 1"];
    if (committee !== null || needsDeviations)
      yield ["policy", `${policy.type} is for models that rank: leave the policy of a model that predicts out`];
    if (reduction !== "mtr")
      yield ["reduction", "is for models that rank: leave the reduction of a model that predicts out"];
    return;
  }
  if (reward.examination && reward.default === null)
    yield [
      "reward.examination",
      "needs a reward.default: where only decisions with feedback are learned, whoever gave it has looked",
    ];
  if (needsDeviations && learner.type !== "bayesian")
    yield ["learner", `${policy.type} needs to know how unsure each score is: give it the learner bayesian()`];
  if (reduction !== "mtr" && countsOnce)
    yield [
      "reduction",
      `${policy.type} learns what was chosen, each example once: leave the reduction out, or choose another policy`,
    ];
  if (learner.type === "factorised" && (committee !== null || reduction !== "mtr"))
    yield [
      "learner",
      `factorised works with one head and the reduction mtr: choose auto() or adaptive() for ${committee ? policy.type : reduction}`,
    ];
  const { learners } = learning({ policy, reduction });
  const most = learner.type === "auto" ? MAX_AUTO_WEIGHTS_TOGETHER : MAX_WEIGHTS_TOGETHER;
  if (learners > 1 && learners * 2 ** learner.bits > most)
    yield [
      "learner.bits",
      `must be fewer, or the heads of ${policy.type}: ${learners} learners of 2^${learner.bits} weights are more than the ${most} that fit into memory`,
    ];
}
