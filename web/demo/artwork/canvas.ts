import type { Palette } from "./palette.ts";

/** What a scene draws on: a size, the point that the picture is about, colours, and chance. Scenes return SVG text. */
export type Canvas = {
  width: number;
  height: number;
  /** The shorter side: the measure for sizes. */
  unit: number;
  focus: { x: number; y: number };
  colours: Palette;
  random: () => number;
};

export const between = (random: () => number, low: number, high: number) => low + (high - low) * random();
export const times = (n: number, draw: (i: number) => string) => Array.from({ length: n }, (_, i) => draw(i)).join("");
/** Coordinates with one decimal. */
export const at = (x: number) => String(Math.round(10 * x) / 10);

export const circle = (x: number, y: number, r: number, fill: string, more = "") =>
  `<circle cx="${at(x)}" cy="${at(y)}" r="${at(r)}" fill="${fill}" ${more}/>`;
export const rect = (x: number, y: number, width: number, height: number, fill: string, more = "") =>
  `<rect x="${at(x)}" y="${at(y)}" width="${at(width)}" height="${at(height)}" fill="${fill}" ${more}/>`;
export const path = (d: string, fill: string, more = "") => `<path d="${d}" fill="${fill}" ${more}/>`;
export const line = (d: string, stroke: string, width: number, more = "") =>
  `<path d="${d}" fill="none" stroke="${stroke}" stroke-width="${at(width)}" stroke-linecap="round" ${more}/>`;

/** A light with a halo. */
export const glow = (c: Canvas, x: number, y: number, r: number, spread = 3.2, opacity = 0.75) =>
  `${circle(x, y, r * spread, "url(#halo)", `opacity="${opacity}"`)}${circle(x, y, r, c.colours.light)}`;

/** Height of the ground at each of `steps` + 1 places: waves with random phases; `rough` 0 for hills to 1 for rock. */
function skyline(c: Canvas, y: number, height: number, rough: number, steps: number): number[] {
  const waves = Array.from({ length: 6 }, (_, i) => ({
    size: 1 / (1 + i * (1.6 - rough)),
    turns: (i + 0.6) * between(c.random, 0.7, 1.3) * (c.width / c.height > 1 ? 1.5 : 0.8),
    phase: between(c.random, 0, 2 * Math.PI),
  }));
  const total = waves.reduce((sum, w) => sum + w.size, 0);
  return Array.from({ length: steps + 1 }, (_, i) => {
    const x = (i / steps) * 2 * Math.PI;
    const wave = waves.reduce((sum, w) => sum + w.size * Math.sin(w.turns * x + w.phase), 0) / total;
    return y - height * (wave + rough * 0.5 * (c.random() - 0.5));
  });
}

/** Ground from side to side, down to the bottom. */
export function ridge(c: Canvas, y: number, height: number, rough: number, fill: string, more = ""): string {
  const steps = rough > 0 ? 26 : 60;
  const tops = skyline(c, y, height, rough, steps).map((top, i) => `L${at((i / steps) * c.width)} ${at(top)}`);
  return path(`M0 ${c.height}${tops.join("")}L${c.width} ${c.height}Z`, fill, more);
}

export const stars = (c: Canvas, n: number, down: number) =>
  times(n, () =>
    circle(
      c.random() * c.width,
      c.random() * c.height * down,
      c.unit * between(c.random, 0.0008, 0.0036),
      "#fff",
      `opacity="${at(between(c.random, 0.2, 1))}"`,
    ),
  );

/** A flock, drawn as strokes. */
export const birds = (c: Canvas, n: number, x: number, y: number, spread: number, size: number, colour: string) =>
  times(n, () => {
    const s = size * between(c.random, 0.4, 1);
    const bx = x + spread * (c.random() + c.random() - 1);
    const by = y + spread * 0.5 * (c.random() + c.random() - 1);
    const lift = s * between(c.random, 0.15, 0.55);
    return line(
      `M${at(bx - s)} ${at(by - lift)}Q${at(bx - s / 3)} ${at(by - lift)} ${at(bx)} ${at(by)}Q${at(bx + s / 3)} ${at(by - lift)} ${at(bx + s)} ${at(by - lift * 0.8)}`,
      colour,
      s * 0.16,
    );
  });

export const mist = (c: Canvas, y: number, height: number, opacity: number) =>
  rect(0, y - height / 2, c.width, height, "url(#mist)", `opacity="${opacity}"`);

/** What was drawn around the origin, moved to a place and scaled. */
export const place = (x: number, y: number, scale: number, drawing: string, more = "") =>
  `<g transform="translate(${at(x)} ${at(y)}) scale(${Math.round(1000 * scale) / 1000})" ${more}>${drawing}</g>`;

/** Light on water: short strokes that get longer towards the viewer. */
export const glitter = (c: Canvas, x: number, from: number) =>
  times(26, (i) => {
    const y = from + (c.height - from) * ((i + 0.5) / 26) ** 1.5;
    const length = c.unit * (0.04 + 0.3 * (i / 26)) * between(c.random, 0.4, 1.1);
    const left = x + c.unit * 0.12 * (i / 10) * (c.random() - 0.5) - length / 2;
    return line(
      `M${at(left)} ${at(y)}h${at(length)}`,
      c.colours.light,
      c.unit * 0.0035,
      `opacity="${at(0.75 - 0.02 * i)}"`,
    );
  });

export const rain = (c: Canvas, n: number) =>
  times(n, () => {
    const length = c.unit * between(c.random, 0.02, 0.05);
    const from = `M${at(c.random() * c.width * 1.1)} ${at(c.random() * c.height)}`;
    return line(`${from}l${at(-length * 0.25)} ${at(length)}`, "#fff", c.unit * 0.0017, 'opacity=".24"');
  });

/** A person from behind, `height` tall, standing on `y`. */
export const figure = (x: number, y: number, height: number, fill: string) =>
  circle(x, y - height * 0.86, height * 0.13, fill) +
  path(
    `M${at(x - height * 0.2)} ${at(y)}c0 ${at(-height * 0.9)} ${at(height * 0.4)} ${at(-height * 0.9)} ${at(height * 0.4)} 0z`,
    fill,
  );

/** One scene: what stands in front of the sky, as SVG text. */
export type Scene = (c: Canvas) => string;
