import { expect, test } from "vitest";
import { actions } from "../../shared/contract/record.ts";
import { properties } from "../../shared/contract/values.ts";
import { filmActions, filmById, films, genres, tasteAxes, viewOf } from "./films.ts";

test("there are 30 films with an id and a title of their own, and some of every genre", () => {
  expect(films).toHaveLength(30);
  expect(new Set(films.map((f) => f.id)).size).toBe(30);
  expect(new Set(films.map((f) => f.title)).size).toBe(30);
  for (const genre of genres) expect(films.filter((f) => f.genre === genre).length).toBeGreaterThanOrEqual(3);
});

test("content has a value from -1 to 1 for each axis, and no two films have the same", () => {
  for (const f of films) {
    expect(f.content, f.title).toHaveLength(tasteAxes.length);
    for (const x of f.content) expect(Math.abs(x), f.title).toBeLessThanOrEqual(1);
  }
  expect(new Set(films.map((f) => f.content.join())).size).toBe(30);
});

test("films make valid actions and view events", () => {
  expect(actions.safeParse(filmActions()).error).toBeUndefined();
  for (const f of films) expect(properties.safeParse(viewOf(f)).error).toBeUndefined();
});

test("an unknown film is refused by name", () => {
  expect(filmById("f30").title).toBe("Bramble's Night Post");
  expect(() => filmById("f31")).toThrow('there is no film "f31"');
});
