import {
  at,
  between,
  birds,
  circle,
  figure,
  glow,
  line,
  mist,
  path,
  place,
  rect,
  ridge,
  type Scene,
  times,
} from "../canvas.ts";

/** By film. */
export const adventure: Record<string, Scene> = {
  f27(c) {
    const { colours: k, height: h, width: w, unit: u, focus: f, random } = c;
    const deck = h * between(random, 0.7, 0.76);
    const sag = u * between(random, 0.06, 0.1);
    const rope = (y: number, drop: number) => `M0 ${at(y)}Q${at(w / 2)} ${at(y + 2 * drop)} ${w} ${at(y)}`;
    const ropeAt = (x: number) => deck + 4 * sag * (x / w) * (1 - x / w);
    return [
      glow(c, f.x, f.y, u * between(random, 0.14, 0.19), 3.4, 0.8),
      ridge(c, h * 0.55, u * 0.16, 0.75, k.ground[0], 'opacity=".55"'),
      mist(c, h * 0.58, u * 0.25, 0.35),
      ridge(c, h * 0.66, u * 0.17, 0.8, k.ground[1], 'opacity=".88"'),
      mist(c, h * 0.74, u * 0.25, 0.3),
      ridge(c, h * 0.84, u * 0.15, 0.7, k.ground[2]),
      birds(c, 9, f.x + u * 0.05, f.y - u * 0.02, u * 0.28, u * 0.034, k.ink),
      // A rope bridge, and someone on it.
      line(rope(deck, sag), k.ink, u * 0.01),
      line(rope(deck - u * 0.06, sag), k.ink, u * 0.004),
      times(Math.round(w / (u * 0.05)), (i) =>
        line(`M${at(i * u * 0.05)} ${at(ropeAt(i * u * 0.05))}v${at(-u * 0.06)}`, k.ink, u * 0.0026),
      ),
      path(
        `M${at(f.x - u * 0.028)} ${at(ropeAt(f.x))}l${at(u * 0.014)} ${at(-u * 0.09)}h${at(u * 0.026)}l${at(u * 0.018)} ${at(u * 0.09)}h${at(-u * 0.016)}l${at(-u * 0.014)} ${at(-u * 0.04)}l${at(-u * 0.014)} ${at(u * 0.04)}z`,
        k.ink,
      ),
      circle(f.x, ropeAt(f.x) - u * 0.108, u * 0.018, k.ink),
      rect(f.x - u * 0.034, ropeAt(f.x) - u * 0.088, u * 0.022, u * 0.044, k.accent, `rx="${at(u * 0.008)}"`),
      ridge(c, h * 0.97, u * 0.07, 0.7, k.ink),
    ].join("");
  },

  // A condor of brass over the peaks.
  f25(c) {
    const { colours: k, height: h, unit: u, focus: f } = c;
    const brass = "hsl(40 70% 52%)";
    return [
      glow(c, f.x, f.y - u * 0.02, u * 0.24, 2.6, 0.85),
      ridge(c, h * 0.62, u * 0.2, 0.9, k.ground[0], 'opacity=".6"'),
      mist(c, h * 0.64, u * 0.25, 0.4),
      place(
        f.x,
        f.y,
        u / 100,
        `${path("M0 3Q-12 -13 -32 -14Q-42 -14 -48 -8L-43 -7L-47 -3L-40 -3L-43 1L-36 0L-37 4L-29 2Q-14 4 -5 10L0 22L5 10Q14 4 29 2L37 4L36 0L43 1L40 -3L47 -3L43 -7L48 -8Q42 -14 32 -14Q12 -13 0 3Z", k.ink)}${path("M0 3Q-12 -13 -32 -14Q-14 -8 -5 8ZM0 3Q12 -13 32 -14Q14 -8 5 8Z", brass)}${circle(0, -0.5, 3.6, brass)}${path("M1.6 1.4l5 1.4l-5.6 1.2z", k.accent)}${line("M-33 -10L-14 -1M-38 -6L-20 0M33 -10L14 -1M38 -6L20 0", brass, 0.8)}`,
      ),
      ridge(c, h * 0.74, u * 0.19, 0.85, k.ground[1]),
      mist(c, h * 0.82, u * 0.22, 0.35),
      ridge(c, h * 0.87, u * 0.14, 0.75, k.ground[2]),
      figure(f.x - u * 0.13, h * 0.9, u * 0.085, k.ink),
      figure(f.x - u * 0.06, h * 0.905, u * 0.08, k.ink),
      ridge(c, h * 0.97, u * 0.09, 0.6, k.ink),
    ].join("");
  },

  // The train on the mountain that moves.
  f26(c) {
    const { colours: k, height: h, width: w, unit: u, focus: f, random } = c;
    const peak = f.y - u * 0.26;
    return [
      circle(f.x, peak, u * 0.7, "url(#spark)", 'opacity=".75"'),
      times(12, (i) =>
        circle(
          f.x + u * (0.02 + 0.045 * i) * (i % 2 ? 1 : 0.6),
          peak - u * (0.02 + 0.03 * i),
          u * (0.05 + 0.014 * i),
          k.ground[2],
          `opacity="${at(0.75 - 0.045 * i)}"`,
        ),
      ),
      path(
        `M${at(f.x - u * 0.9)} ${at(h * 0.76)}L${at(f.x - u * 0.1)} ${at(peak)}L${at(f.x - u * 0.03)} ${at(peak + u * 0.03)}L${at(f.x + u * 0.04)} ${at(peak - u * 0.005)}L${at(f.x + u * 0.95)} ${at(h * 0.76)}Z`,
        k.ground[2],
      ),
      path(
        `M${at(f.x - u * 0.1)} ${at(peak)}l${at(u * 0.07)} ${at(u * 0.03)}l${at(u * 0.07)} ${at(-u * 0.035)}l${at(u * 0.03)} ${at(u * 0.16)}l${at(-u * 0.05)} ${at(u * 0.1)}l${at(u * 0.03)} ${at(u * 0.2)}l${at(-u * 0.07)} ${at(-u * 0.17)}l${at(-u * 0.05)} ${at(u * 0.06)}l${at(-u * 0.01)} ${at(-u * 0.18)}l${at(-u * 0.07)} ${at(-u * 0.02)}z`,
        k.accent,
      ),
      ridge(c, h * 0.72, u * 0.1, 0.6, k.ground[1]),
      mist(c, h * 0.74, u * 0.2, 0.4),
      place(
        f.x,
        h * 0.745,
        u / 110,
        `${times(4, (i) => rect(-52 + i * 21, -10, 19, 10, k.ink, 'rx="1.4"') + times(4, (j) => rect(-50 + i * 21 + j * 4.2, -7.6, 2.8, 3.4, k.light)))}${path("M32 0V-7H38V-12H42V-7H46V-14H50V-7Q54 -7 54 -3V0Z", k.ink)}${path("M54 -4L86 -10V6L54 -1Z", k.light, 'opacity=".4"')}`,
      ),
      times(7, (i) =>
        circle(
          f.x + u * (0.43 - 0.085 * i),
          h * 0.745 - u * (0.15 + 0.022 * i),
          u * (0.022 + 0.01 * i),
          "#fff",
          `opacity="${at(0.5 - 0.06 * i)}"`,
        ),
      ),
      rect(0, h * 0.744, w, u * 0.012, k.ink),
      times(Math.ceil(w / (u * 0.12)) + 1, (i) =>
        line(
          `M${at(i * u * 0.12)} ${at(h * 0.75)}l${at(u * 0.06)} ${at(u * 0.16)}l${at(u * 0.06)} ${at(-u * 0.16)}M${at(i * u * 0.12)} ${at(h * 0.75)}V${h}`,
          k.ink,
          u * 0.008,
        ),
      ),
      ridge(c, h * 0.92, u * 0.08, 0.6, k.ink),
      times(40, () =>
        circle(random() * w, random() * h * 0.8, u * between(random, 0.0015, 0.005), k.accent, 'opacity=".8"'),
      ),
    ].join("");
  },
};
