import type {
  AnyProviderEvent,
  ClientProviderStatus,
  CommonProvider,
  ErrorCode,
  EvaluationContext,
  EventContext,
  EventDetails,
  EventHandler,
  FlagMetadata,
  JsonValue,
  Logger,
  ProviderEventEmitter,
  ResolutionDetails,
  ServerProviderStatus,
  TrackingEventDetails,
} from "@openfeature/core";
import type { Properties } from "../../../shared/contract/values.ts";
import type { AnyClient, Choice, Client, Decision } from "../client.ts";
import { codeOf } from "../errors.ts";
import type { HandedDecision } from "../handed-decisions.ts";
import { remember } from "./remember.ts";
import type { ServerClient } from "./server.ts";
import { untyped } from "./untyped.ts";

/**
 * OpenFeature providers: a flag is a model that chooses one of its variants, and `track()` is feedback. They need none of OpenFeature's own code, so that a page has that once.
 */

type Value = boolean | string | number | JsonValue;

/** How a flag is decided. Without a model, it is as static as other flags are. */
export type Flag = {
  /** What each variant is, by its name. */
  variants: Readonly<Record<string, Value>>;
  /** The model that chooses among the variants, which are its actions. */
  model?: string;
  /** What the model knows of each variant as an action, by its name. */
  features?: Readonly<Record<string, Properties>>;
  /** Of a flag without a model: its variant. With one: what is taken while no model can say; by default the first. */
  defaultVariant?: string;
  /** Who gets which variant without the model being asked, such as the site's own people; undefined: it is asked. */
  target?: (context: EvaluationContext) => string | undefined;
  /** The caller's default is taken. */
  disabled?: boolean;
  flagMetadata?: FlagMetadata;
};

/** To what feedback an event is: for the newest decision of these flags. */
export type Feedback = {
  flags: readonly string[];
  /** By default the event's `value`, or 1. */
  value?: (details: TrackingEventDetails) => number;
  /** No more will follow. */
  final?: boolean;
};

export type ProviderOptions = {
  /**
   * Flags by their keys. Any other key is a model, if it is asked by `getObjectValue` with a list of actions as the default (`[{ id, features }]`): the value is the list in
   * the order to show it in.
   */
  flags?: Readonly<Record<string, Flag>>;
  /**
   * Which events are feedback, by their names. An event that has a flag's key for a name, or a `decision` (an id, as in `flagMetadata`) among its details, is feedback, too.
   */
  feedback?: Readonly<Record<string, Feedback>>;
};

type Type = "boolean" | "string" | "number" | "object";
type Resolved = ResolutionDetails<Value>;

/** What a key asks for: a value that is known, or actions to choose from. */
type Question =
  | { known: Resolved }
  | {
      model: string;
      actions: Choice[];
      fallback: string[];
      /** The flag's own. */
      flagMetadata?: FlagMetadata | undefined;
      answer(ids: readonly string[]): Value;
    };

const failure = (value: Value, errorCode: `${ErrorCode}`, errorMessage: string): Resolved => ({
  ...{ value, reason: "ERROR", errorCode: errorCode as ErrorCode, errorMessage },
});

/** What both providers do alike. */
class Flags {
  readonly #flags: Readonly<Record<string, Flag>>;
  readonly #feedback: Readonly<Record<string, Feedback>>;
  /** Id of the newest decision, by whom it was for and the flag. */
  readonly #decided = new Map<string, string>();

  constructor({ flags = {}, feedback = {} }: ProviderOptions) {
    for (const [key, { variants, model, defaultVariant }] of Object.entries(flags)) {
      if (model === undefined && defaultVariant === undefined)
        throw new TypeError(`flags.${key}: needs a model, or a defaultVariant`);
      if (defaultVariant !== undefined && !Object.hasOwn(variants, defaultVariant))
        throw new TypeError(`flags.${key}: has no variant ${JSON.stringify(defaultVariant)}`);
    }
    this.#flags = flags;
    this.#feedback = feedback;
  }

  /** The models that flags ask. */
  get models(): string[] {
    return [...new Set(Object.values(this.#flags).flatMap(({ model }) => model ?? []))];
  }

  question(key: string, type: Type, fallback: Value, context: EvaluationContext): Question {
    const flag = Object.hasOwn(this.#flags, key) ? this.#flags[key]! : undefined;
    if (!flag) return listed(key, type, fallback);
    if (flag.disabled) return { known: { value: fallback, reason: "DISABLED" } };
    const { variants, target, model, defaultVariant = Object.keys(variants)[0]!, flagMetadata } = flag;
    const fixed = (variant: string, reason: string): Question => {
      const value = variants[variant]!;
      if (typeOf(value) !== type)
        return { known: failure(fallback, "TYPE_MISMATCH", `${key} is of type ${typeOf(value)}, not ${type}`) };
      return { known: { value, variant, reason, ...(flagMetadata && { flagMetadata }) } };
    };
    const targeted = target?.(context);
    if (targeted !== undefined && Object.hasOwn(variants, targeted)) return fixed(targeted, "TARGETING_MATCH");
    if (model === undefined) return fixed(defaultVariant, target ? "DEFAULT" : "STATIC");
    const wrong = Object.values(variants).find((value) => typeOf(value) !== type);
    if (wrong !== undefined)
      return { known: failure(fallback, "TYPE_MISMATCH", `${key} is of type ${typeOf(wrong)}, not ${type}`) };
    const answer = ([first]: readonly string[]) => variants[first!]!;
    return { model, actions: choicesOf(flag), fallback: [defaultVariant], flagMetadata, answer };
  }

  resolved(
    key: string,
    unit: string,
    { answer, flagMetadata }: Extract<Question, { model: string }>,
    { id, model, chosen, ranking, reason }: HandedDecision,
  ): Resolved {
    const value = answer(ranking.map((one) => one.id));
    if (reason === undefined) this.remember(key, unit, id);
    const { probability } = ranking[0]!;
    return {
      value,
      variant: chosen,
      reason: reason === undefined ? "SPLIT" : "DEFAULT",
      flagMetadata: {
        ...flagMetadata,
        decision: id,
        model,
        probability,
        ...(reason !== undefined && { fallback: reason }),
      },
    };
  }

  remember(key: string, unit: string, id: string): void {
    remember(this.#decided, `${unit} ${key}`, id);
  }

  /** What was decided was for somebody else. */
  forget(): void {
    this.#decided.clear();
  }

  /** What an event says of which decisions. */
  feedback(name: string, unit: string, details: TrackingEventDetails): { id: string; value: number; final: boolean }[] {
    const given = Object.hasOwn(this.#feedback, name) ? this.#feedback[name] : undefined;
    const {
      flags = [name],
      value: worth = ({ value = 1 }: TrackingEventDetails) => value,
      final = false,
    } = given ?? {};
    const value = worth(details);
    const { decision } = details;
    const ids =
      typeof decision === "string" ? [decision] : flags.flatMap((flag) => this.#decided.get(`${unit} ${flag}`) ?? []);
    return ids.map((id) => ({ id, value, final }));
  }
}

/** A key that is no flag: a model, with the actions as the default. */
function listed(key: string, type: Type, fallback: Value): Question {
  const isList = Array.isArray(fallback) && fallback.length > 0;
  const isChoice = (one: unknown) => typeof (one as Choice | null)?.id === "string";
  if (type !== "object" || !isList || !fallback.every(isChoice))
    return {
      known: failure(
        fallback,
        "FLAG_NOT_FOUND",
        `there is no flag ${JSON.stringify(key)}; of a model, the default is a list of its actions`,
      ),
    };
  const actions = fallback as unknown as Choice[];
  const byId = new Map(actions.map((action) => [action.id, action]));
  return { model: key, actions, fallback: [], answer: (ids) => ids.map((id) => byId.get(id)) as unknown as JsonValue };
}

const choicesOf = ({ variants, features = {} }: Flag): Choice[] =>
  Object.keys(variants).map((id) => ({ id, features: features[id] ?? { variant: id } }));

const typeOf = (value: unknown): string => (value === null ? "object" : typeof value);

/** What a model may see of an evaluation context: its own fields but the unit. Dates are texts there. */
function contextOf({ targetingKey: _, ...fields }: EvaluationContext): Properties {
  const entries = Object.entries(fields).flatMap(([name, value]): [string, Properties[string]][] => {
    if (value instanceof Date) return [[name, value.toISOString()]];
    const isScalar = ["string", "number", "boolean"].includes(typeof value);
    const isList = Array.isArray(value) && value.every((one) => typeof one === "string" || typeof one === "number");
    return isScalar || isList ? [[name, value as Properties[string]]] : [];
  });
  return Object.fromEntries(entries);
}

const messageOf = (error: unknown): string => (error instanceof Error ? error.message : String(error));

const errorOf = (value: Value, error: unknown): Resolved => {
  const code = codeOf(error);
  const message = messageOf(error);
  if (code === "model-unknown") return failure(value, "FLAG_NOT_FOUND", message);
  if (code === "wrong-task") return failure(value, "TYPE_MISMATCH", message);
  return failure(value, code === "invalid" ? "PARSE_ERROR" : "GENERAL", message);
};

const questionText = (key: string, question: Extract<Question, { model: string }>, context: unknown): string =>
  JSON.stringify([key, question.actions, context]);

/**
 * OpenFeature's provider for pages. A flag is decided once and stays so until the context changes; what was evaluated counts as shown.
 * @example
 * await OpenFeature.setProviderAndWait(new EdgewiseWebProvider(createClient({ endpoint, key }), { feedback: { purchase: { flags: ["home-hero"] } } }));
 * const { value } = OpenFeature.getClient().getObjectDetails("home-hero", films);
 */
export class EdgewiseWebProvider implements CommonProvider<ClientProviderStatus> {
  readonly metadata = { name: "Edgewise" } as const;
  readonly runsOn = "client";
  readonly events: ProviderEventEmitter<AnyProviderEvent> = new Emitter();
  readonly #client: Client;
  readonly #flags: Flags;
  /** What was evaluated, by flag and context. */
  readonly #known = new Map<string, Resolved>();
  /** Flags whose answer was a fallback: it is asked again when their model is here. */
  readonly #waiting = new Map<string, Set<string>>();
  readonly #ends: (() => void)[] = [];
  /** The context's; undefined: whom the client serves without one. */
  #unit: string | undefined;

  constructor(client: AnyClient, options: ProviderOptions = {}) {
    this.#client = untyped(client);
    this.#flags = new Flags(options);
  }

  /** Resolves when the flags' models are here, or were waited for long enough: what is asked before then is answered, too. */
  async initialize(context: EvaluationContext = {}): Promise<void> {
    try {
      this.#identify(context);
    } finally {
      this.#ends.push(
        this.#client.on("snapshot", ({ model }) => this.#arrived(model)),
        this.#client.on("status", ({ online }) => this.#reached(online)),
        this.#client.on("unit", () => this.#changed()),
      );
    }
    await Promise.all(this.#flags.models.map((model) => this.#client.ready(model).catch(warn)));
  }

  onContextChange(old: EvaluationContext, context: EvaluationContext): void {
    if (JSON.stringify(old) === JSON.stringify(context)) return;
    this.#known.clear();
    this.#identify(context);
  }

  async onClose(): Promise<void> {
    for (const end of this.#ends.splice(0)) end();
  }

  resolveBooleanEvaluation(key: string, fallback: boolean, context: EvaluationContext): ResolutionDetails<boolean> {
    return this.#resolve(key, "boolean", fallback, context) as ResolutionDetails<boolean>;
  }

  resolveStringEvaluation(key: string, fallback: string, context: EvaluationContext): ResolutionDetails<string> {
    return this.#resolve(key, "string", fallback, context) as ResolutionDetails<string>;
  }

  resolveNumberEvaluation(key: string, fallback: number, context: EvaluationContext): ResolutionDetails<number> {
    return this.#resolve(key, "number", fallback, context) as ResolutionDetails<number>;
  }

  resolveObjectEvaluation<T extends JsonValue>(
    key: string,
    fallback: T,
    context: EvaluationContext,
  ): ResolutionDetails<T> {
    return this.#resolve(key, "object", fallback, context) as ResolutionDetails<T>;
  }

  /** An event of the session, and feedback where the options say so. */
  track(name: string, _context: EvaluationContext, details: TrackingEventDetails = {}): void {
    for (const { id, value, final } of this.#flags.feedback(name, "", details))
      this.#client.reward(id, value, { final }).catch(warn);
    try {
      this.#client.track(name, contextOf(details as EvaluationContext));
    } catch (error) {
      warn(error);
    }
  }

  #resolve(key: string, type: Type, fallback: Value, context: EvaluationContext): Resolved {
    const question = this.#flags.question(key, type, fallback, context);
    const isStatic = "known" in question;
    if (isStatic && question.known.reason !== "STATIC") return question.known;
    const text = isStatic ? `${type} ${key}` : questionText(key, question, contextOf(context));
    const known = this.#known.get(text);
    if (known) return { ...known, reason: "CACHED" };
    let resolved: Resolved;
    if (isStatic) resolved = question.known;
    else {
      try {
        resolved = this.#flags.resolved(key, "", question, this.#decide(question, context));
      } catch (error) {
        return errorOf(fallback, error);
      }
      if (resolved.reason === "DEFAULT") {
        const { model } = question;
        this.#waiting.set(model, (this.#waiting.get(model) ?? new Set()).add(key));
        return resolved;
      }
    }
    remember(this.#known, text, resolved);
    return resolved;
  }

  #decide({ model, actions, fallback }: Extract<Question, { model: string }>, context: EvaluationContext): Decision {
    const options = { context: contextOf(context), fallback };
    // A fallback is not worth a line in the log: it is asked again when there is a model.
    const looked = this.#client.peek(model, actions, options);
    return looked.reason === undefined ? this.#client.rankSync(model, actions, options) : looked;
  }

  /** @throws Error with the code INVALID_CONTEXT when its key can be nobody's: who is served until then is served no longer. */
  #identify({ targetingKey: key }: EvaluationContext): void {
    // An empty one names nobody.
    const unit = key || undefined;
    if (unit === this.#unit) return;
    this.#unit = unit;
    try {
      this.#client.setUnit(unit);
    } catch (error) {
      this.#client.setUnit(undefined);
      throw Object.assign(new Error(`targetingKey: ${messageOf(error)}`), { code: "INVALID_CONTEXT" });
    }
  }

  /** Another is served, whoever said so: what was answered and decided was for the one before. */
  #changed(): void {
    this.#known.clear();
    this.#flags.forget();
    this.events.emit("PROVIDER_CONFIGURATION_CHANGED" as AnyProviderEvent, {});
  }

  /** What had no model to decide it may be asked again. */
  #arrived(model: string): void {
    const flags = this.#waiting.get(model);
    if (!flags) return;
    this.#waiting.delete(model);
    this.events.emit("PROVIDER_CONFIGURATION_CHANGED" as AnyProviderEvent, { flagsChanged: [...flags] });
  }

  #online = true;
  #reached(online: boolean): void {
    if (online === this.#online) return;
    this.#online = online;
    this.events.emit((online ? "PROVIDER_READY" : "PROVIDER_STALE") as AnyProviderEvent);
  }
}

export type ServerProviderOptions = ProviderOptions & {
  /** How long the same question for the same unit gets the same decision, in ms. By default each is decided anew. */
  reuse?: number;
};

/**
 * OpenFeature's provider for servers. The unit is the context's `targetingKey`.
 * @example
 * await OpenFeature.setProviderAndWait(new EdgewiseServerProvider(createServerClient({ endpoint, key })));
 */
export class EdgewiseServerProvider implements CommonProvider<ServerProviderStatus> {
  readonly metadata = { name: "Edgewise" } as const;
  readonly runsOn = "server";
  readonly events: ProviderEventEmitter<AnyProviderEvent> = new Emitter();
  readonly #server: ServerClient;
  readonly #flags: Flags;
  readonly #reuse: number;
  readonly #known = new Map<string, { until: number; resolved: Promise<Resolved> }>();

  constructor(server: ServerClient, { reuse = 0, ...options }: ServerProviderOptions = {}) {
    this.#server = server;
    this.#flags = new Flags(options);
    this.#reuse = reuse;
  }

  resolveBooleanEvaluation(key: string, fallback: boolean, context: EvaluationContext) {
    return this.#resolve(key, "boolean", fallback, context) as Promise<ResolutionDetails<boolean>>;
  }

  resolveStringEvaluation(key: string, fallback: string, context: EvaluationContext) {
    return this.#resolve(key, "string", fallback, context) as Promise<ResolutionDetails<string>>;
  }

  resolveNumberEvaluation(key: string, fallback: number, context: EvaluationContext) {
    return this.#resolve(key, "number", fallback, context) as Promise<ResolutionDetails<number>>;
  }

  resolveObjectEvaluation<T extends JsonValue>(key: string, fallback: T, context: EvaluationContext) {
    return this.#resolve(key, "object", fallback, context) as Promise<ResolutionDetails<T>>;
  }

  /** Feedback where the options say so. */
  track(name: string, { targetingKey = "" }: EvaluationContext, details: TrackingEventDetails = {}): void {
    for (const { id, value, final } of this.#flags.feedback(name, targetingKey, details))
      this.#server.reward(id, value, { final }).catch(warn);
  }

  async #resolve(key: string, type: Type, fallback: Value, context: EvaluationContext): Promise<Resolved> {
    const question = this.#flags.question(key, type, fallback, context);
    const isStatic = "known" in question;
    if (isStatic && question.known.reason !== "STATIC") return question.known;
    const now = performance.now();
    const unit = context.targetingKey || undefined;
    const text = isStatic ? `${type} ${key}` : questionText(key, question, [unit, contextOf(context)]);
    const known = this.#known.get(text);
    if (known && known.until > now) return { ...(await known.resolved), reason: "CACHED" };
    if (!isStatic && unit === undefined)
      return failure(fallback, "TARGETING_KEY_MISSING", "the context has no targetingKey: who is served?");
    const resolved = isStatic ? Promise.resolve(question.known) : this.#decide(key, unit!, question, context, fallback);
    if (this.#reuse === 0) return resolved;
    const entry = { until: now + this.#reuse, resolved };
    remember(this.#known, text, entry);
    // What no model decided is asked again.
    const { reason } = await resolved;
    if ((reason === "DEFAULT" || reason === "ERROR") && this.#known.get(text) === entry) this.#known.delete(text);
    return resolved;
  }

  async #decide(
    key: string,
    unit: string,
    question: Extract<Question, { model: string }>,
    context: EvaluationContext,
    fallback: Value,
  ): Promise<Resolved> {
    const { model, actions, fallback: order } = question;
    try {
      const decision = await this.#server.rank(model, actions, { unit, context: contextOf(context), fallback: order });
      return this.#flags.resolved(key, unit, question, decision);
    } catch (error) {
      return errorOf(fallback, error);
    }
  }
}

const warn = (error: unknown): void => console.warn(`edgewise: ${error}`);

/** As OpenFeature's own, which comes in two: one for pages, one for servers. */
class Emitter implements ProviderEventEmitter<AnyProviderEvent> {
  readonly #handlers = new Map<AnyProviderEvent, Set<EventHandler>>();
  #logger: Logger | undefined;

  async emit(type: AnyProviderEvent, context: EventContext = {}): Promise<void> {
    for (const handler of this.getHandlers(type))
      try {
        await handler({ ...context } as EventDetails);
      } catch (error) {
        this.#logger?.error(`a handler of ${type} failed`, error);
      }
  }

  addHandler(type: AnyProviderEvent, handler: EventHandler): void {
    this.#handlers.set(type, (this.#handlers.get(type) ?? new Set()).add(handler));
  }

  removeHandler(type: AnyProviderEvent, handler: EventHandler): void {
    this.#handlers.get(type)?.delete(handler);
  }

  removeAllHandlers(type?: AnyProviderEvent): void {
    if (type === undefined) this.#handlers.clear();
    else this.#handlers.delete(type);
  }

  getHandlers(type: AnyProviderEvent): EventHandler[] {
    return [...(this.#handlers.get(type) ?? [])];
  }

  setLogger(logger: Logger): this {
    this.#logger = logger;
    return this;
  }
}
