import { existsSync, readFileSync } from "node:fs";
import {
  AsyncLocalStorageTransactionContextPropagator,
  type EvaluationContext,
  OpenFeature as Server,
} from "@openfeature/server-sdk";
import { OpenFeature as Web } from "@openfeature/web-sdk";
import { afterEach, expect, test } from "vitest";
import {
  EdgewiseServerProvider,
  EdgewiseWebProvider,
  type Flag,
  type ProviderOptions,
} from "../web/client/bindings/openfeature.ts";
import { createServerClient } from "../web/client/bindings/server.ts";
import { createTestClient } from "../web/client/bindings/test-client.ts";

/** OpenFeature's own scenarios, by its own SDKs, where their files are (../shared/data/openfeature): of both providers, with flags that are as static as theirs. */

const DATA = new URL("../../shared/data/openfeature/", import.meta.url);
const isThere = existsSync(DATA);
const read = (name: string) => readFileSync(new URL(name, DATA), "utf8");

afterEach(async () => {
  await Web.close();
  await Server.close();
  await Web.clearProviders();
  await Server.clearProviders();
  for (const api of [Web, Server]) api.clearHooks();
  await Web.setContext({});
  Server.setContext({});
});

type Written = {
  variants: Record<string, never>;
  defaultVariant?: string | null;
  contextEvaluator?: string;
  disabled?: boolean;
  flagMetadata?: Flag["flagMetadata"] | null;
};

function flags(): Record<string, Flag> {
  const all = Object.entries({
    ...(JSON.parse(read("test-flags.json")) as Record<string, Written>),
    // The file has it no more; the deprecated scenarios ask for it.
    "context-aware": {
      variants: { internal: "INTERNAL" as never, external: "EXTERNAL" as never },
      defaultVariant: "external",
      contextEvaluator: "fn == 'Sulisław' && age == 29 && !customer ? 'internal' : ''",
    } as Written,
  });
  // Flags without a default are none of ours: they would be refused by name.
  const whole = all.filter(([, { defaultVariant }]) => typeof defaultVariant === "string");
  return Object.fromEntries(
    whole.map(
      ([key, { variants, defaultVariant, contextEvaluator, disabled = false, flagMetadata }]): [string, Flag] => [
        key,
        {
          ...{ variants, defaultVariant: defaultVariant!, disabled },
          ...(contextEvaluator && { target: (context) => evaluate(contextEvaluator, context) }),
          ...(flagMetadata && { flagMetadata }),
        },
      ],
    ),
  );
}

/** `email == 'a@b' ? 'zero' : ''` */
function evaluate(rule: string, context: object): string | undefined {
  const code = rule.replaceAll(/'[^']*'|\b[a-z_]\w*\b/gi, (word) => (word.startsWith("'") ? word : `context.${word}`));
  return new Function("context", `return ${code};`)(context) || undefined;
}

type Details = {
  value: unknown;
  flagKey: string;
  variant?: string;
  reason?: string;
  errorCode?: string;
  flagMetadata: object;
};
type Type = "Boolean" | "String" | "Number" | "Object";

/** One of the two, as the scenarios see it. */
type Platform = {
  set(kind: string): Promise<void>;
  evaluate(type: Type, key: string, fallback: never, context: object, options: object): Promise<Details>;
  addHook(hook: object): void;
  status(): string;
};

const kinds: Record<string, (provider: { initialize?: () => Promise<void> }) => void> = {
  stable: () => {},
  stale: () => {},
  "not ready": (provider) => Object.assign(provider, { initialize: () => new Promise(() => {}) }),
  error: (provider) => Object.assign(provider, { initialize: () => Promise.reject(new Error("no")) }),
  fatal: (provider) =>
    Object.assign(provider, {
      initialize: () => Promise.reject(Object.assign(new Error("no"), { code: "PROVIDER_FATAL" })),
    }),
};

async function become(
  provider: EdgewiseWebProvider | EdgewiseServerProvider,
  kind: string,
  given: Promise<void>,
): Promise<void> {
  if (kind !== "not ready") await given.catch(() => {});
  if (kind === "stale") provider.events.emit("PROVIDER_STALE" as never);
}

const web = (options: ProviderOptions): Platform => {
  const client = Web.getClient();
  return {
    async set(kind) {
      const provider = new EdgewiseWebProvider(createTestClient(), options);
      kinds[kind]!(provider);
      await become(provider, kind, Web.setProviderAndWait(provider));
    },
    async evaluate(type, key, fallback, context, hooks) {
      // Setting it makes a provider ready that was not.
      if (Object.keys(context).length > 0 || Object.keys(Web.getContext()).length > 0)
        await Web.setContext(context as never);
      const details = client[`get${type}Details`] as (...given: unknown[]) => Details;
      return details.call(client, key, fallback, hooks);
    },
    addHook: (hook) => client.addHooks(hook),
    status: () => client.providerStatus,
  };
};

const server = (options: ProviderOptions): Platform => {
  const client = Server.getClient();
  return {
    async set(kind) {
      const asked = createServerClient({ endpoint: "http://nobody.invalid" });
      const provider = new EdgewiseServerProvider(asked, { ...options, reuse: 60_000 });
      kinds[kind]!(provider as { initialize?: () => Promise<void> });
      await become(provider, kind, Server.setProviderAndWait(provider));
    },
    evaluate(type, key, fallback, context, hooks) {
      const details = client[`get${type}Details`] as (...given: unknown[]) => Promise<Details>;
      return details.call(client, key, fallback, context, hooks);
    },
    addHook: (hook) => client.addHooks(hook),
    status: () => client.providerStatus,
  };
};

const typeNamed = (text: string): Type =>
  ["integer", "float"].includes(text.toLowerCase())
    ? "Number"
    : ((text[0]!.toUpperCase() + text.slice(1).toLowerCase()) as Type);

function typed(type: string, text: string): never {
  const kind = typeNamed(type);
  if (kind === "String") return text as never;
  return JSON.parse(text.replaceAll('\\"', '"')) as never;
}

/** What a scenario has come to. */
class World {
  readonly platform: Platform;
  type = "";
  key = "";
  fallback: unknown;
  context: Record<string, unknown> = {};
  details: Details | undefined;
  readonly hooks: [stage: string, details: Details | undefined][] = [];
  options: object = {};

  constructor(platform: Platform) {
    this.platform = platform;
  }

  async evaluate(): Promise<void> {
    this.details = await this.platform.evaluate(
      typeNamed(this.type),
      this.key,
      this.fallback as never,
      this.context,
      this.options,
    );
  }

  hook(name = ""): object {
    const note = (stage: string) => (_: object, details?: Details) => void this.hooks.push([name + stage, details]);
    return {
      before: () => note("before")({}),
      after: note("after"),
      error: note("error"),
      finally: note("finally"),
    };
  }
}

type Step = (world: World, groups: string[], table: Record<string, string>[]) => Promise<void> | void;

const V2: [RegExp, Step][] = [
  [/^a (stable|stale|error|fatal|not ready) provider$/, ({ platform }, [kind]) => platform.set(kind!)],
  [
    /^an? (\w+)-flag with key "(.*)" and a fallback value "(.*)"$/i,
    (world, [type, key, fallback]) => void Object.assign(world, { type, key, fallback: typed(type!, fallback!) }),
  ],
  [
    /^a context containing a key "(.*)", with type "(.*)" and with value "(.*)"$/,
    ({ context }, [name, type, value]) => void Object.assign(context, { [name!]: typed(type!, value!) }),
  ],
  [
    /^a context containing a key "(.*)" with null value$/,
    ({ context }, [name]) => void Object.assign(context, { [name!]: null }),
  ],
  [/^the flag was evaluated with details/, (world) => world.evaluate()],
  [
    /^the resolved details value should be "(.*)"$/,
    ({ details, type }, [value]) => expect(details!.value).toEqual(typed(type, value!)),
  ],
  [/^the reason should be "(.*)"$/, ({ details }, [reason]) => expect(details!.reason).toBe(reason)],
  [/^the error-code should be "(.*)"$/, ({ details }, [code]) => expect(details!.errorCode).toBe(code)],
  [/^the flag key should be "(.*)"$/, ({ details }, [key]) => expect(details!.flagKey).toBe(key)],
  [/^the variant should be "([^"]*)"$/, ({ details }, [variant]) => expect(details!.variant).toBe(variant)],
  [/^the resolved metadata is empty$/, ({ details }) => expect(details!.flagMetadata).toEqual({})],
  [
    /^the resolved metadata should contain$/,
    ({ details }, _, table) => {
      const expected = table.map(({ key, metadata_type, value }) => [key, typed(metadata_type!, value!)]);
      expect(details!.flagMetadata).toMatchObject(Object.fromEntries(expected));
    },
  ],
  [/^the provider status should be "(.*)"$/, ({ platform }, [status]) => expect(platform.status()).toBe(status)],
  [
    /^evaluation options containing specific hooks$/,
    (world) => void Object.assign(world.options, { hooks: [world.hook("first "), world.hook("second ")] }),
  ],
  [
    /^the specified hooks should execute during evaluation$/,
    ({ hooks }) => expect(hooks.map(([stage]) => stage)).toContain("first before"),
  ],
  [
    /^the hook order should be maintained$/,
    ({ hooks }) =>
      expect(hooks.map(([stage]) => stage)).toEqual([
        ...["first before", "second before", "second after", "first after", "second finally", "first finally"],
      ]),
  ],
  [/^an evaluation context with modifiable data$/, ({ context }) => void Object.assign(context, { list: ["a"] })],
  [
    /^the original evaluation context should remain unmodified$/,
    ({ context }) => expect(context).toEqual({ list: ["a"] }),
  ],
  [
    /^the evaluation details should be immutable$/,
    ({ details }) => expect(Object.isFrozen(details!.flagMetadata)).toBe(true),
  ],
  [/^the evaluation should complete without blocking$/, ({ details }) => expect(details).toBeDefined()],
  [/^a client with added hook$/, (world) => world.platform.addHook(world.hook())],
  [
    /^the "(.*)" hook should have been executed$/,
    ({ hooks }, [stage]) => expect(hooks.map(([one]) => one)).toContain(stage),
  ],
  [
    /^the "(.*)" hooks should be called with evaluation details$/,
    ({ hooks }, [stages], table) => {
      for (const stage of stages!.split(", ")) {
        const [, details] = hooks.find(([one]) => one === stage)!;
        const { flagKey: flag_key, errorCode: error_code, ...rest } = details!;
        const found: Record<string, unknown> = { ...rest, flag_key, error_code };
        for (const { key, data_type, value } of table)
          expect(found[key!]).toEqual(value === "null" ? undefined : typed(data_type!, value!));
      }
    },
  ],
];

const isRight = (details: Details | undefined, type: string, value: string, rest: object = {}) =>
  expect(details).toMatchObject({ value: typed(type, value), ...rest });
const PICTURES = { showImages: true, title: "Check out these pics!", imagesPerPage: 100 };

/** The steps of the first edition, which SDKs of before were held to. */
const V1: [RegExp, Step][] = [
  [
    /^an? (\w+) flag with key "(.*)" is evaluated with (?:details and )?(?:a )?(null )?default value ?"?([^"]*)"?$/,
    (world, [type, key, none, value]) => {
      Object.assign(world, { type, key, fallback: none ? {} : typed(type!, value!) });
      return world.evaluate();
    },
  ],
  [
    /^the resolved (\w+)(?: details)? value should be "?([^",]*)"?(?:, the variant should be "(.*)", and the reason should be "(.*)")?$/,
    ({ details }, [type, value, variant, reason]) =>
      isRight(details, type!, value!, variant === undefined ? {} : { variant, reason }),
  ],
  [
    /^the resolved object(?: details)? value should be contain fields/,
    ({ details }) => expect(details!.value).toEqual(PICTURES),
  ],
  [
    /^the variant should be "(.*)", and the reason should be "(.*)"$/,
    ({ details }, [variant, reason]) => expect(details).toMatchObject({ variant, reason }),
  ],
  [
    /^context contains keys "fn", "ln", "age", "customer" with values "(.*)", "(.*)", (\d+), "(.*)"$/,
    (world, [fn, ln, age, customer]) =>
      void Object.assign(world.context, { fn, ln, age: Number(age), customer: customer === "true" }),
  ],
  [
    /^a flag with key "(.*)" is evaluated with default value "(.*)"$/,
    (world, [key, fallback]) => {
      Object.assign(world, { type: "string", key, fallback });
      return world.evaluate();
    },
  ],
  [/^the resolved string response should be "(.*)"$/, ({ details }, [value]) => expect(details!.value).toBe(value)],
  [
    /^the resolved flag value is "(.*)" when the context is empty$/,
    async (world, [value]) => {
      world.context = {};
      await world.evaluate();
      expect(world.details!.value).toBe(value);
    },
  ],
  [
    /^a non-existent string flag with key "(.*)" is evaluated with details and a fallback value "(.*)"$/,
    (world, [key, fallback]) => {
      Object.assign(world, { type: "string", key, fallback });
      return world.evaluate();
    },
  ],
  [
    /^a string flag with key "(.*)" is evaluated as an integer, with details and a fallback value (\d+)$/,
    (world, [key, fallback]) => {
      Object.assign(world, { type: "integer", key, fallback: Number(fallback) });
      return world.evaluate();
    },
  ],
  [/^the default \w+ value should be returned$/, ({ details, fallback }) => expect(details!.value).toBe(fallback)],
  [
    /^the reason should indicate an error and the error code should indicate .* with "(.*)"$/,
    ({ details }, [errorCode]) => expect(details).toMatchObject({ reason: "ERROR", errorCode }),
  ],
];

type Scenario = { name: string; steps: { text: string; table: Record<string, string>[] }[] };

const cells = (line: string) =>
  line
    .trim()
    .slice(1, -1)
    .split("|")
    .map((cell) => cell.trim());

/** As much of Gherkin as these files have. */
function scenarios(text: string): Scenario[] {
  const background: Scenario["steps"] = [];
  const found: Scenario[] = [];
  let steps = background;
  let outline: Scenario | undefined;
  let columns: string[] | undefined;
  let inExamples = false;
  for (const raw of text.split("\n")) {
    const line = raw.trim();
    if (line === "" || line.startsWith("#") || line.startsWith("@") || line.startsWith("Feature:")) continue;
    const heading = /^(Background|Scenario Outline|Scenario|Examples):\s*(.*)$/.exec(line);
    if (heading) {
      const [, kind, name] = heading;
      inExamples = kind === "Examples";
      columns = undefined;
      if (kind === "Background" || inExamples) continue;
      steps = [];
      const scenario = { name: name!, steps };
      outline = kind === "Scenario Outline" ? scenario : undefined;
      if (!outline) found.push(scenario);
    } else if (line.startsWith("|")) {
      if (!columns) columns = cells(line);
      else {
        const row = Object.fromEntries(cells(line).map((cell, i) => [columns![i]!, cell]));
        if (!inExamples) steps.at(-1)!.table.push(row);
        else {
          const fill = (text: string) => text.replaceAll(/<([^<>]+)>/g, (all, name: string) => row[name] ?? all);
          found.push({
            name: `${outline!.name}: ${Object.values(row).join(" ")}`,
            steps: outline!.steps.map((step) => ({ ...step, text: fill(step.text) })),
          });
        }
      }
    } else {
      columns = undefined;
      steps.push({ text: line.replace(/^(Given|When|Then|And) /, ""), table: [] });
    }
  }
  return found.map(({ name, steps }) => ({ name, steps: [...background, ...steps] }));
}

/** From the least to the most that counts. */
const LEVELS = ["API", "Transaction", "Client", "Invocation", "Before Hooks"];

/** What a server's provider is asked with, when entries are given at several levels. */
async function merged(entries: Record<string, EvaluationContext>): Promise<EvaluationContext> {
  let seen: EvaluationContext = {};
  class Retrievable extends EdgewiseServerProvider {
    override resolveBooleanEvaluation(key: string, fallback: boolean, context: EvaluationContext) {
      seen = context;
      return super.resolveBooleanEvaluation(key, fallback, context);
    }
  }
  await Server.setProviderAndWait(new Retrievable(createServerClient({ endpoint: "http://nobody.invalid" })));
  Server.setTransactionContextPropagator(new AsyncLocalStorageTransactionContextPropagator());
  const { API = {}, Transaction = {}, Client = {}, Invocation = {}, "Before Hooks": before = {} } = entries;
  Server.setContext(API);
  const client = Server.getClient().setContext(Client);
  await new Promise<void>((resolve) =>
    Server.setTransactionContext(Transaction, async () => {
      await client.getBooleanValue("some", false, Invocation, { hooks: [{ before: () => before }] });
      resolve();
    }),
  );
  return seen;
}

const merging = isThere ? scenarios(read("contextMerging.feature")) : [];
test.runIf(isThere).each(merging)("server, contextMerging: $name", async ({ steps }) => {
  const entries: Record<string, EvaluationContext> = {};
  let context: EvaluationContext = {};
  for (const { text } of steps) {
    const one = /^A context entry with key "(.*)" and value "(.*)" is added to the "(.*)" level$/.exec(text);
    if (one) entries[one[3]!] = { ...entries[one[3]!], [one[1]!]: one[2]! };
    const down = /^Context entries for each level from API level down to the "([^"]*)" level, with key "([^"]*)"/.exec(
      text,
    );
    if (down) for (const level of LEVELS.slice(0, LEVELS.indexOf(down[1]!) + 1)) entries[level] = { [down[2]!]: level };
    if (text === "Some flag was evaluated") context = await merged(entries);
    const expected = /^The merged context contains an entry with key "(.*)" and value "(.*)"$/.exec(text);
    if (expected) expect(context[expected[1]!]).toBe(expected[2]);
  }
});

const cases = ["evaluation_v2", "hooks", "metadata", "evaluation"].flatMap((file) =>
  !isThere
    ? []
    : [web, server].flatMap((platform) =>
        scenarios(read(`${file}.feature`)).map(({ name, steps }) => ({
          ...{ file, platform: platform === web ? "web" : "server", name, steps, make: platform },
        })),
      ),
);

test.runIf(isThere).each(cases)("$platform, $file: $name", async ({ file, steps, make }) => {
  const world = new World(make({ flags: flags() }));
  for (const { text, table } of steps) {
    const all = file === "evaluation" ? [...V1, ...V2] : V2;
    const step = all.find(([pattern]) => pattern.test(text));
    if (!step) throw new Error(`no step for ${text}`);
    const [pattern, run] = step;
    await run(world, pattern.exec(text)!.slice(1), table);
  }
});

test.runIf(isThere)("every scenario is there", () => {
  expect(cases.length).toBeGreaterThan(150);
  expect(merging.length).toBeGreaterThan(20);
});
