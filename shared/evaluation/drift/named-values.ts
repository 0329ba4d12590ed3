/** A value of a feature as it is compared; null: it is missing. */
export type Value = number | string | null;

/** Calls `found` with the path and the value of each that is there. Objects in a list are as if each stood in its place; a text in a list is there or not. */
export function namedValues(
  values: object,
  prefix: string,
  found: (name: string, value: number | string) => void,
): void {
  for (const [key, value] of Object.entries(values)) {
    if (Array.isArray(value)) {
      for (const item of value)
        if (typeof item === "string") found(`${prefix}${key}=${item}`, "there");
        else if (typeof item === "object" && item !== null && !Array.isArray(item))
          namedValues(item, `${prefix}${key}.`, found);
      continue;
    }
    if (typeof value === "number" && !Number.isNaN(value)) found(prefix + key, value);
    else if (typeof value === "string" || typeof value === "boolean") found(prefix + key, String(value));
    else if (typeof value === "object" && value !== null) namedValues(value, `${prefix}${key}.`, found);
  }
}
