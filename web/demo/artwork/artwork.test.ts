import { expect, test } from "vitest";
import { films } from "../../../models/home-hero/films.ts";
import { artwork, artworkUrl } from "./artwork.ts";
import { scenes } from "./scenes.ts";

const formats = ["poster", "still"] as const;

test("a film's picture is the same every time, and no other film's", () => {
  for (const format of formats) {
    const pictures = films.map((film) => artwork(film, format));
    expect(films.map((film) => artwork(film, format))).toEqual(pictures);
    expect(new Set(pictures).size).toBe(films.length);
  }
});

test("every film has a scene of its own", () => {
  expect(Object.keys(scenes).sort()).toEqual(films.map((film) => film.id).sort());
});

test("pictures are well-formed SVG that refers to nothing outside itself and has no broken numbers", () => {
  for (const film of films)
    for (const format of formats) {
      const svg = artwork(film, format);
      const parsed = new DOMParser().parseFromString(svg, "image/svg+xml");
      expect(parsed.querySelector("parsererror"), `${film.title}, ${format}`).toBeNull();
      expect(svg).not.toMatch(/NaN|undefined|Infinity/);
      const ids = new Set([...parsed.querySelectorAll("[id]")].map((element) => element.id));
      for (const [, id] of svg.matchAll(/url\(#([^)]*)\)/g)) expect(ids, film.title).toContain(id);
      expect(svg.replace('xmlns="http://www.w3.org/2000/svg"', "")).not.toMatch(/https?:/);
    }
});

test("a browser draws them at their size", async () => {
  for (const [format, width, height] of [
    ["poster", 400, 600],
    ["still", 1600, 900],
  ] as const) {
    const image = new Image();
    image.src = artworkUrl(films[0]!, format);
    await image.decode();
    expect([image.naturalWidth, image.naturalHeight]).toEqual([width, height]);
  }
});
