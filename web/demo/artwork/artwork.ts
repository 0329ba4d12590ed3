import type { Film } from "../../../models/home-hero/films.ts";
import { randomFrom } from "../../../models/home-hero/random.ts";
import { at, type Canvas } from "./canvas.ts";
import { palette } from "./palette.ts";
import { scenes } from "./scenes.ts";

/** `poster` is 2:3 with the subject in the middle; `still` is 16:9 with room for a title on the left. */
export type ArtworkFormat = "poster" | "still";

const formats = {
  poster: { width: 400, height: 600, focus: [0.5, 0.37] },
  still: { width: 1600, height: 900, focus: [0.69, 0.4] },
} as const;

/**
 * A film's picture as an SVG document: the same film and format always give the same text. A film that has no scene of its
 * own gets a sky.
 */
export function artwork(film: Film, format: ArtworkFormat): string {
  const { width, height, focus } = formats[format];
  const random = randomFrom(`artwork ${film.id}`);
  const colours = palette(film.genre, random);
  const canvas: Canvas = {
    width,
    height,
    unit: Math.min(width, height),
    focus: { x: focus[0] * width, y: focus[1] * height },
    colours,
    random,
  };
  return `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${width} ${height}" width="${width}" height="${height}" preserveAspectRatio="xMidYMid slice">${definitions(canvas)}<rect width="${width}" height="${height}" fill="url(#sky)"/>${scenes[film.id]?.(canvas) ?? ""}<rect width="${width}" height="${height}" fill="url(#vignette)" opacity=".55"/><rect width="${width}" height="${height}" filter="url(#grain)" opacity=".16"/></svg>`;
}

const urls = new Map<string, string>();

/** `artwork` as a URL for `<img>`. */
export function artworkUrl(film: Film, format: ArtworkFormat): string {
  const name = `${film.id} ${format}`;
  const url = urls.get(name) ?? `data:image/svg+xml,${encodeURIComponent(artwork(film, format))}`;
  urls.set(name, url);
  return url;
}

/** Gradients and the film grain that scenes refer to by name. */
function definitions({ colours: k, focus }: Canvas): string {
  const stop = (offset: number, colour: string, opacity = 1) =>
    `<stop offset="${offset}" stop-color="${colour}" stop-opacity="${opacity}"/>`;
  const fade = (id: string, colour: string) =>
    `<radialGradient id="${id}">${stop(0, colour, 0.9)}${stop(0.35, colour, 0.35)}${stop(1, colour, 0)}</radialGradient>`;
  return `<defs>
<linearGradient id="sky" x1="0" y1="0" x2="0" y2="1">${stop(0, k.sky[0])}${stop(0.45, k.sky[1])}${stop(0.78, k.sky[2])}${stop(1, k.sky[1])}</linearGradient>
<linearGradient id="water" x1="0" y1="0" x2="0" y2="1">${stop(0, k.sky[2], 0.9)}${stop(1, k.sky[0], 0)}</linearGradient>
<linearGradient id="mist" x1="0" y1="0" x2="0" y2="1">${stop(0, k.sky[2], 0)}${stop(0.5, k.sky[2], 0.9)}${stop(1, k.sky[2], 0)}</linearGradient>
<radialGradient id="globe" cx=".32" cy=".28" r=".9">${stop(0, k.light)}${stop(0.35, k.accent)}${stop(1, k.ground[3])}</radialGradient>
<radialGradient id="vignette" cx="${at(focus.x > 800 ? 0.65 : 0.5)}" cy=".4" r=".85">${stop(0.4, "#000", 0)}${stop(1, "#000", 0.85)}</radialGradient>
${fade("halo", k.light)}${fade("spark", k.accent)}${fade("nebula", k.accent)}
<filter id="grain" x="0" y="0" width="1" height="1"><feTurbulence type="fractalNoise" baseFrequency=".8" numOctaves="2" stitchTiles="stitch"/><feColorMatrix type="saturate" values="0"/></filter>
</defs>`;
}
