import type { Genre } from "../../../models/home-hero/films.ts";

/** Colours of one picture, from the far and light to the near and dark. */
export type Palette = {
  /** Sky from top to horizon. */
  sky: readonly [string, string, string];
  /** Sun, moon, window: what gives the light. */
  light: string;
  /** A colour that stands out, used sparingly. */
  accent: string;
  /** Layers of the ground, far to near. */
  ground: readonly [string, string, string, string];
  ink: string;
};

type Hues = {
  sky: [number, number, number];
  light: number;
  accent: number;
  ground: number;
  saturation: number;
  bright: number;
};

const hues: Record<Genre, Hues> = {
  drama: { sky: [222, 248, 24], light: 36, accent: 18, ground: 230, saturation: 46, bright: 50 },
  thriller: { sky: [214, 204, 192], light: 46, accent: 4, ground: 214, saturation: 48, bright: 40 },
  comedy: { sky: [12, 30, 44], light: 48, accent: 186, ground: 348, saturation: 84, bright: 60 },
  "science fiction": { sky: [256, 280, 316], light: 186, accent: 322, ground: 250, saturation: 62, bright: 42 },
  romance: { sky: [286, 334, 18], light: 32, accent: 344, ground: 312, saturation: 58, bright: 58 },
  documentary: { sky: [190, 168, 62], light: 48, accent: 28, ground: 172, saturation: 36, bright: 50 },
  horror: { sky: [200, 168, 128], light: 74, accent: 2, ground: 190, saturation: 30, bright: 30 },
  adventure: { sky: [202, 28, 42], light: 46, accent: 12, ground: 200, saturation: 68, bright: 58 },
  animation: { sky: [232, 268, 330], light: 50, accent: 168, ground: 258, saturation: 66, bright: 64 },
};

const hsl = (h: number, s: number, l: number) =>
  `hsl(${Math.round((h + 360) % 360)} ${Math.round(s)}% ${Math.round(l)}%)`;

/** Colours that suit the genre, a little different for every picture. */
export function palette(genre: Genre, random: () => number): Palette {
  const { sky, light, accent, ground, saturation: s, bright } = hues[genre];
  const turn = 26 * (random() - 0.5);
  const g = ground + turn;
  return {
    sky: [
      hsl(sky[0] + turn, s, 0.24 * bright),
      hsl(sky[1] + turn, s, 0.52 * bright),
      hsl(sky[2] + turn / 2, s + 10, bright),
    ],
    light: hsl(light + turn / 3, 90, 78),
    accent: hsl(accent + turn / 2, 78, 58),
    ground: [
      hsl(g + 12, s * 0.7, 0.56 * bright),
      hsl(g + 6, s * 0.75, 0.38 * bright),
      hsl(g, s * 0.8, 0.24 * bright),
      hsl(g, s * 0.8, 0.13 * bright),
    ],
    ink: hsl(g, s * 0.6, 5),
  };
}
