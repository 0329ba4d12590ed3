import { fieldName } from "./field-errors.ts";
import { MAX_JSON_DEPTH, MAX_LIST_LENGTH, MAX_PROBLEM_ERRORS } from "./limits.ts";
import type { FieldError } from "./problem.ts";

/**
 * What is wrong with a parsed JSON value before any schema looks at it: numbers beyond the range of a double, names
 * that would change an object's prototype (a schema would drop them silently), nesting without end, lists that are longer than any may be: a schema
 * would look at all of it before it says so, and have something to say of each item.
 * @param itemLists paths of lists, such as `body.decisions`, whose items the caller checks one by one: in them only the
 * nesting is looked at, since it endangers whoever walks them.
 */
export function jsonValueErrors(root: string, value: unknown, itemLists: readonly string[] = []): FieldError[] {
  const errors: FieldError[] = [];
  const path: (string | number)[] = [];
  const walk = (node: unknown, depthOnly: boolean): void => {
    if (errors.length >= MAX_PROBLEM_ERRORS) return;
    if (typeof node === "number") {
      if (!depthOnly && !Number.isFinite(node))
        errors.push({ field: fieldName(root, path), message: "must be a finite number" });
      return;
    }
    if (typeof node !== "object" || node === null) return;
    if (path.length >= MAX_JSON_DEPTH) {
      errors.push({
        field: fieldName(root, path.slice(0, 4)),
        message: `is nested deeper than ${MAX_JSON_DEPTH} levels`,
      });
      return;
    }
    if (Array.isArray(node)) {
      if (!depthOnly && node.length > MAX_LIST_LENGTH) {
        errors.push({ field: fieldName(root, path), message: `must have at most ${MAX_LIST_LENGTH} items` });
        return;
      }
      const items = depthOnly || (path.length === 1 && itemLists.includes(fieldName(root, path)));
      for (let i = 0; i < node.length; i++) {
        path.push(i);
        walk(node[i], items);
        path.pop();
      }
      return;
    }
    for (const [name, child] of Object.entries(node)) {
      path.push(name);
      if (name === "__proto__" && !depthOnly)
        errors.push({ field: fieldName(root, path), message: "is not a possible name" });
      else walk(child, depthOnly);
      path.pop();
    }
  };
  walk(value, false);
  return errors;
}
