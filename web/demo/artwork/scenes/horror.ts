import {
  at,
  between,
  circle,
  glitter,
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
export const horror: Record<string, Scene> = {
  f22(c) {
    const { colours: k, width: w, height: h, unit: u, focus: f, random } = c;
    const ground = h * 0.8;
    const s = u * between(random, 0.1, 0.125);
    const tree = (x: number, y: number, length: number, angle: number, depth: number): string => {
      const ex = x + length * Math.cos(angle);
      const ey = y + length * Math.sin(angle);
      const stroke = line(`M${at(x)} ${at(y)}L${at(ex)} ${at(ey)}`, k.ink, length * 0.13);
      if (depth === 0) return stroke;
      return (
        stroke +
        times(2, (i) =>
          tree(
            ex,
            ey,
            length * between(random, 0.58, 0.8),
            angle + (i ? 1 : -1) * between(random, 0.2, 0.65),
            depth - 1,
          ),
        )
      );
    };
    const lit = Math.floor(6 * random());
    return [
      glow(c, f.x + u * 0.12, f.y - u * 0.06, u * between(random, 0.14, 0.19), 2.4, 0.5),
      times(4, (i) =>
        circle(
          f.x + u * (0.06 + 0.05 * i),
          f.y - u * (0.1 - 0.05 * (i % 3)),
          u * 0.018 * (1 + (i % 2)),
          k.sky[1],
          'opacity=".14"',
        ),
      ),
      ridge(c, ground - u * 0.05, u * 0.07, 0.3, k.ground[1], 'opacity=".8"'),
      mist(c, ground - u * 0.06, u * 0.24, 0.55),
      // The house: two storeys, a steep roof, a tower.
      path(
        `M${at(f.x - s * 1.3)} ${at(ground)}v${at(-s * 1.7)}l${at(s * 0.9)} ${at(-s * 1.1)}l${at(s * 0.9)} ${at(s * 1.1)}v${at(-s * 0.9)}l${at(s * 0.4)} ${at(-s * 1.0)}l${at(s * 0.4)} ${at(s * 1.0)}v${at(s * 2.6)}z`,
        k.ink,
      ),
      times(6, (i) =>
        rect(
          f.x - s * (1.02 - 0.5 * (i % 3)),
          ground - s * (i < 3 ? 1.45 : 0.75),
          s * 0.24,
          s * 0.4,
          i === lit ? k.accent : k.ground[2],
          i === lit ? "" : 'opacity=".7"',
        ),
      ),
      circle(
        f.x - s * (0.9 - 0.5 * (lit % 3)),
        ground - s * (lit < 3 ? 1.25 : 0.55),
        s * 0.9,
        "url(#spark)",
        'opacity=".85"',
      ),
      ridge(c, ground + u * 0.03, u * 0.05, 0.25, k.ink),
      tree(f.x - u * 0.4, ground + u * 0.1, u * 0.17, -1.45, 6),
      tree(f.x + u * 0.44, ground + u * 0.12, u * 0.14, -1.7, 6),
      mist(c, h * 0.93, u * 0.3, 0.35),
      rect(0, 0, w, h, "url(#vignette)", 'opacity=".8"'),
    ].join("");
  },

  // Low water, and who stands in it.
  f23(c) {
    const { colours: k, height: h, width: w, unit: u, focus: f } = c;
    const sea = h * 0.6;
    const hooded = (x: number, y: number, s: number) =>
      path(
        `M${at(x - s * 0.3)} ${at(y)}L${at(x - s * 0.17)} ${at(y - s * 0.62)}Q${at(x - s * 0.17)} ${at(y - s)} ${at(x)} ${at(y - s)}Q${at(x + s * 0.17)} ${at(y - s)} ${at(x + s * 0.17)} ${at(y - s * 0.62)}L${at(x + s * 0.3)} ${at(y)}Z`,
        k.ink,
      ) +
      `<ellipse cx="${at(x)}" cy="${at(y - s * 0.74)}" rx="${at(s * 0.085)}" ry="${at(s * 0.12)}" fill="${k.ground[1]}"/>` +
      path(
        `M${at(x - s * 0.3)} ${at(y)}L${at(x - s * 0.12)} ${at(y + s * 0.55)}H${at(x + s * 0.12)}L${at(x + s * 0.3)} ${at(y)}Z`,
        k.ink,
        'opacity=".35"',
      );
    return [
      glow(c, f.x, f.y - u * 0.04, u * 0.2, 2.6, 0.55),
      mist(c, sea, u * 0.4, 0.7),
      rect(0, sea, w, h - sea, k.ground[2]),
      rect(0, sea, w, h - sea, "url(#water)", 'opacity=".5"'),
      glitter(c, f.x, sea),
      times(7, (i) => hooded(f.x + u * (-0.39 + 0.13 * i), sea + u * (0.04 + 0.025 * (i % 2)), u * 0.17)),
      mist(c, sea + u * 0.1, u * 0.16, 0.55),
      times(4, (i) => hooded(f.x + u * (-0.36 + 0.24 * i), sea + u * (0.22 + 0.03 * (i % 2)), u * 0.27)),
      rect(0, 0, w, h, "url(#vignette)", 'opacity=".8"'),
    ].join("");
  },

  // A candle in the shape of a child.
  f24(c) {
    const { colours: k, width: w, height: h, unit: u, focus: f, random } = c;
    return [
      rect(0, 0, w, h, k.ink, 'opacity=".5"'),
      circle(f.x, h * 0.8 - u * 0.66, u * 0.75, "url(#halo)", 'opacity=".5"'),
      times(14, (i) => line(`M${at(i * w * 0.075)} 0V${h}`, "#000", u * 0.012, 'opacity=".18"')),
      rect(0, h * 0.8, w, h, k.ground[3]),
      place(
        f.x,
        h * 0.8 - u * 0.44,
        u / 100,
        `${path("M0 -38Q7 -28 3.4 -23Q0 -20 -3.4 -23Q-7 -28 0 -38Z", "hsl(36 96% 62%)")}${path("M0 -32Q3 -27 1.6 -24Q0 -22.6 -1.6 -24Q-3 -27 0 -32Z", "#fffbe6")}${line("M0 -23v4", k.ink, 0.9)}${circle(0, -9, 11, "hsl(48 46% 84%)")}${path("M-9 0Q-16 30 -19 44H19Q16 30 9 0Z", "hsl(48 40% 76%)")}${path("M-9 -15q-1 6 -3 9M8 -17q0 10 3 16M-5 6q0 12 -3 22M7 10q1 10 0 16", "none", `stroke="hsl(48 56% 92%)" stroke-width="2.6" stroke-linecap="round"`)}${circle(-4, -9, 1.7, k.ink)}${circle(4, -9, 1.7, k.ink)}${line("M-3.4 -3.4q3.4 2.4 6.8 0M-2 -4.2v2.4M0 -3.8v2.6M2 -4.2v2.4", k.ink, 0.7)}${circle(-4, -9, 0.6, k.accent)}${circle(4, -9, 0.6, k.accent)}`,
      ),
      path(
        `M${at(f.x - u * 0.34)} ${at(h * 0.8)}h${at(u * 0.68)}l${at(u * 0.05)} ${at(u * 0.05)}h${at(-u * 0.78)}z`,
        k.ground[1],
      ),
      times(26, () =>
        circle(
          f.x + u * between(random, -0.4, 0.4),
          f.y + u * between(random, -0.5, 0.2),
          u * between(random, 0.0015, 0.004),
          k.light,
          'opacity=".7"',
        ),
      ),
      rect(0, 0, w, h, "url(#vignette)", 'opacity=".9"'),
    ].join("");
  },
};
