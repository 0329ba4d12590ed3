import type { core } from "zod";
import { MAX_PROBLEM_ERRORS } from "./limits.ts";
import type { FieldError } from "./problem.ts";

type Issue = core.$ZodIssue;

/** What a schema found wrong, by place: `body.actions[3].id`. */
export function fieldErrors(root: string, issues: readonly Issue[]): FieldError[] {
  return issues.flatMap((issue) => describe(root, issue));
}

function describe(root: string, issue: Issue): FieldError[] {
  const field = fieldName(root, issue.path);
  switch (issue.code) {
    case "unrecognized_keys":
      // There may be as many as a body has room for.
      return issue.keys
        .slice(0, MAX_PROBLEM_ERRORS)
        .map((key) => ({ field: fieldName(field, [key]), message: "is not a known field" }));
    case "invalid_key":
      return [{ field, message: `is not a possible name: ${issue.issues.map((i) => i.message).join("; ")}` }];
    case "invalid_union": {
      const deepest = deepestBranch(issue.errors);
      if (deepest) return fieldErrors(field, deepest);
      if (issue.discriminator !== undefined) return [{ field: fieldName(root, issue.path), message: issue.message }];
      return [{ field, message: isMissing(issue.errors) ? MISSING : `must be ${expected(issue.errors)}` }];
    }
    case "invalid_type":
      return [{ field, message: typeMessage(issue) }];
    default:
      return [{ field, message: issue.message }];
  }
}

/** Of the branches of a union, the one that got furthest: the one that the sender meant. */
function deepestBranch(branches: readonly Issue[][]): Issue[] | undefined {
  const depth = (branch: Issue[]) => Math.max(0, ...branch.map((issue) => issue.path.length + nestedDepth(issue)));
  const [best] = branches.toSorted((a, b) => depth(b) - depth(a));
  return best && depth(best) > 0 ? best : undefined;
}

function nestedDepth(issue: Issue): number {
  if (issue.code === "unrecognized_keys") return 1;
  if (issue.code !== "invalid_union") return 0;
  return Math.max(
    0,
    ...issue.errors.flatMap((branch) => branch.map((inner) => inner.path.length + nestedDepth(inner))),
  );
}

function expected(branches: readonly Issue[][]): string {
  const names = new Set<string>();
  const collect = (issues: readonly Issue[]) => {
    for (const issue of issues)
      if (issue.code === "invalid_union") for (const branch of issue.errors) collect(branch);
      else names.add(issue.code === "invalid_type" ? issue.expected : issue.message);
  };
  for (const branch of branches) collect(branch);
  const list = [...names];
  return list.length > 1 ? `${list.slice(0, -1).join(", ")} or ${list.at(-1)}` : (list[0] ?? "another value");
}

const MISSING = "is missing";

/** Whether what several kinds were possible for is not there. */
const isMissing = (branches: readonly Issue[][]): boolean =>
  branches.every(([issue]) => issue?.code === "invalid_type" && typeMessage(issue) === MISSING);

/** Zod keeps what it received out of its issues, and says it only in its message. */
function typeMessage({ expected, message }: core.$ZodIssueInvalidType): string {
  const received = /, received (\w+)$/.exec(message)?.[1];
  if (received === "undefined") return MISSING;
  return received === undefined ? `must be of type ${expected}` : `must be of type ${expected}, not ${received}`;
}

/** `body` and `["actions", 3, "id"]` make `body.actions[3].id`; names that are not plain are quoted. */
export function fieldName(root: string, path: readonly PropertyKey[]): string {
  return path.reduce<string>((name, part) => {
    if (typeof part === "number") return `${name}[${part}]`;
    const text = String(part);
    return /^[A-Za-z_$][\w$-]*$/.test(text) ? `${name}.${text}` : `${name}[${JSON.stringify(text.slice(0, 64))}]`;
  }, root);
}
