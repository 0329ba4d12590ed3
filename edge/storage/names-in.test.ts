import { describe, expect, test } from "vitest";
import { hasName, NameSearch, replaceNames } from "./names-in.ts";

const item = JSON.stringify({ unit: 'Zoë "Z" Smith', context: { by: ["a\\", "visitor"] } });
const escaped = String.raw`{"unit":"\u005ao\u00eb \"Z\" Smith"}`;

test("a name is found where it stands as a string of JSON, however that is written, and nowhere else", () => {
  for (const name of ['Zoë "Z" Smith', "visitor", "a\\"]) expect(hasName(item, name)).toBe(true);
  for (const name of ["Zoë", ",", "]", "isitor", "visitor2"]) expect(hasName(item, name)).toBe(false);
  expect(hasName(escaped, 'Zoë "Z" Smith')).toBe(true);
  expect(new NameSearch(new Set(["visitor"]), 10_000).in(item)).toEqual({ name: "visitor", next: null });
  expect(new NameSearch(new Set(['Zoë "Z" Smith']), 10_000).in(escaped).name).toBe('Zoë "Z" Smith');
  expect(replaceNames(`"a" is "b", and "\\u0061"`, (name) => name === "a", "?")).toBe(`"?" is "b", and "?"`);
});

describe("a text of nothing but strings", () => {
  const n = 150_000;
  const text = JSON.stringify(Array.from({ length: n }, (_, i) => (i === n - 1 ? "visitor" : i.toString(36))));

  test("is looked through in parts, each of so much and no more", () => {
    let asked = 0;
    const some = {
      has: (name: string) => {
        asked++;
        return name === "visitor";
      },
    };
    const parts: number[] = [];
    let found: { name: string | null; next: number | null } = { name: null, next: 0 };
    while (found.next !== null) {
      asked = 0;
      found = new NameSearch(some, 1_000_000).in(text, found.next);
      parts.push(asked);
    }
    expect(found.name).toBe("visitor");
    expect(parts.reduce((sum, part) => sum + part)).toBe(n);
    expect(Math.max(...parts)).toBeLessThan(4000);
  });

  test("has each asked for once, and none that is longer than a name", () => {
    const asked: string[] = [];
    const has = (name: string) => asked.push(name) < 0;
    const long = "x".repeat(129);
    const search = new NameSearch({ has }, 100_000_000);
    expect(search.in(JSON.stringify(Array.from({ length: n }, (_, i) => (i % 2 ? "a" : long))))).toEqual({
      name: null,
      next: null,
    });
    expect(search.in('["a","b"]').name).toBeNull();
    expect(asked).toEqual(["a", "b"]);
  });
});

test("a string that does not end costs no more than its length", () => {
  const cut = `["a","${'\\"'.repeat(500_000)}`;
  expect(hasName(cut, "visitor")).toBe(false);
  expect(new NameSearch(new Set(["visitor"]), 10_000_000).in(cut)).toEqual({ name: null, next: null });
  expect(replaceNames(cut, (name) => name === "a", "b").slice(0, 6)).toBe('["b","');
});
