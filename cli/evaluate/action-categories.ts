import type { LogEntry } from "../../shared/evaluation/log-entry.ts";
import { callFeature } from "../../shared/features/call.ts";
import { UsageError } from "../command.ts";

/** The category of each action of a decision: what some of its fields say together. */
export class ActionCategories {
  readonly #fields: readonly { name: string; compute: ReturnType<typeof callFeature>; found: boolean }[];
  #actions = 0;
  readonly #categories = new Set<string>();

  /** @param fields as `field` of a spec names them; `id` is an action's id where it has no field of that name. */
  constructor(fields: readonly string[]) {
    this.#fields = fields.map((name) => ({ name, compute: callFeature({ op: "field", path: name }), found: false }));
  }

  of(entry: LogEntry): string[] {
    const { actions, at } = entry.values();
    return actions.map(({ id, features }) => {
      this.#actions++;
      const values = this.#fields.map((field) => {
        const value = field.compute(features, { at }, id);
        if (value !== null) field.found = true;
        return value;
      });
      const category = JSON.stringify(values);
      if (this.#categories.size < 2) this.#categories.add(category);
      return category;
    });
  }

  /** @throws UsageError when the log says nothing by them. */
  check(name: string): void {
    const missing = this.#fields.filter(({ found }) => !found).map((field) => field.name);
    if (missing.length > 0)
      throw new UsageError(
        `--category ${missing.join(", ")}: none of the ${this.#actions} actions of ${name} has that field.`,
      );
    if (this.#categories.size < 2)
      throw new UsageError(
        `--category ${this.#fields.map((field) => field.name).join(", ")}: all actions of ${name} are of one category, so every policy would earn the same by it.`,
      );
  }
}
