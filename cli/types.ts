import { writeFileSync } from "node:fs";
import { parseArgs } from "node:util";
import type { CallOperator, ModelSpec, SessionOperator } from "../shared/contract/spec.ts";
import { comparedIn } from "../shared/features/read-properties.ts";
import { UsageError } from "./command.ts";
import { readSpecFile } from "./read-spec-file.ts";

export const help = `edgewise types SPEC... [--out FILE]

  Writes TypeScript types from specs: which models there are, and which context, actions' features and events they look at.

    npx edgewise types specs/*.ts --out edgewise-models.d.ts

    import type models from "./edgewise-models";
    const client = createClient<typeof models>();

  A name that no spec reads does not compile then.

  --out FILE  where to; by default it is printed
`;

/** @throws UsageError naming a spec that cannot be read. */
export async function typesCommand(args: readonly string[]): Promise<void> {
  const { values, positionals } = parseArgs({
    args: [...args],
    allowPositionals: true,
    options: { out: { type: "string" } },
  });
  if (positionals.length === 0) throw new UsageError(`Name one spec or more.\n\n${help}`);
  const text = typesOf(await Promise.all(positionals.map(readSpecFile)));
  if (values.out === undefined) process.stdout.write(text);
  else writeFileSync(values.out, text);
}

/** Types of what is read, by path: a name, or `name.nested`. */
type Shape = Map<string, string | Map<string, string>>;

const SCALAR = "string | number | boolean | null";
const VECTOR = "readonly number[]";

/** What is logged though no feature reads it: what the spec keeps, and what tells a list's places. */
function keptIn({ keep, reward }: ModelSpec, namespace: "context" | "action"): "all" | readonly string[] {
  const kept = keep?.[namespace] ?? [];
  if (kept === "all" || namespace === "action" || !reward.examination) return kept;
  return [...kept, reward.examination.path];
}

/** A file of declarations. @throws UsageError when two specs are of one model. */
export function typesOf(specs: readonly ModelSpec[]): string {
  const twice = specs.find(({ name }, i) => specs.findIndex((other) => other.name === name) !== i);
  if (twice) throw new UsageError(`Two of the specs are of ${twice.name}.`);
  const models = specs.map((spec) => {
    const { features } = spec;
    const of = (namespace: "context" | "action") =>
      taken(features[namespace], comparedIn(features, namespace), keptIn(spec, namespace));
    const fields = [
      `task: ${JSON.stringify(spec.task.type)};`,
      `context: ${of("context")};`,
      `action: ${of("action")};`,
      `events: ${eventsOf(Object.values(features.session), Object.values(features.action))};`,
    ];
    return `  ${JSON.stringify(spec.name)}: {\n${fields.map((field) => `    ${field}\n`).join("")}  };\n`;
  });
  return `// Written by \`edgewise types\`: write it anew when a spec changes.\ndeclare const models: {\n${models.join("")}};\nexport default models;\n`;
}

/** What is read or kept. Where all is kept, nothing can be told to be wrong: `unknown` stands for any properties. */
function taken(
  operators: Record<string, CallOperator>,
  compared: readonly string[],
  keep: "all" | readonly string[],
): string {
  if (keep === "all") return "unknown";
  const shape = shapeOf(Object.values(operators));
  for (const path of compared) put(shape, path, VECTOR);
  for (const path of keep) put(shape, path, `${SCALAR} | readonly (${SCALAR})[]`);
  return written(shape, 4);
}

function shapeOf(operators: readonly CallOperator[]): Shape {
  const shape: Shape = new Map();
  for (const operator of operators) if (operator.op !== "hourOfDay") put(shape, operator.path, typeOf(operator));
  return shape;
}

function typeOf({ op }: Exclude<CallOperator, { op: "hourOfDay" }>): string {
  if (op === "text") return "string | number | null | readonly string[]";
  if (op === "seen" || op === "timesSeen" || op === "lastSeenAgo") return `${SCALAR} | readonly string[]`;
  if (op === "field") return `${SCALAR} | readonly string[]`;
  return op === "vector" || op === "similarity" ? VECTOR : "number | null";
}

function eventsOf(operators: readonly SessionOperator[], ofActions: readonly CallOperator[]): string {
  const events = new Map<string, Shape>();
  const event = (type: string): Shape => {
    const shape = events.get(type) ?? new Map();
    events.set(type, shape);
    return shape;
  };
  const putProperty = (eventPath: string, kind: string) => {
    const [type, ...path] = eventPath.split(".");
    put(event(type!), path.join("."), kind);
  };
  for (const operator of operators) {
    if ("event" in operator) event(operator.event);
    else if ("numerator" in operator) for (const type of [operator.numerator, operator.denominator]) event(type);
    else putProperty(operator.path, propertyType(operator.op));
  }
  for (const operator of ofActions) if ("event" in operator) putProperty(operator.event, SCALAR);
  const lines = [...events].map(([type, shape]) => `      ${JSON.stringify(type)}: ${written(shape, 6)};\n`);
  return lines.length === 0 ? "{}" : `{\n${lines.join("")}    }`;
}

function propertyType(op: string): string {
  if (op === "decayedMean") return VECTOR;
  return op === "last" || op === "lastDistinct" ? SCALAR : "number | null";
}

/** Two features may read one property, each its own way: what both can read is right. */
function put(shape: Shape, path: string, type: string): void {
  const [name, nested] = path.split(".") as [string, string | undefined];
  const known = shape.get(name);
  if (nested === undefined) {
    if (known === undefined || (typeof known === "string" && known.length > type.length)) shape.set(name, type);
    return;
  }
  const inner = known instanceof Map ? known : new Map<string, string>();
  inner.set(nested, type);
  shape.set(name, inner);
}

function written(shape: Shape, indent: number): string {
  if (shape.size === 0) return "{}";
  const space = " ".repeat(indent + 2);
  const lines = [...shape].map(([name, type]) => {
    const inner =
      typeof type === "string" ? type : `{ ${[...type].map(([n, t]) => `${JSON.stringify(n)}?: ${t}`).join("; ")} }`;
    return `${space}${JSON.stringify(name)}?: ${inner};\n`;
  });
  return `{\n${lines.join("")}${" ".repeat(indent)}}`;
}
