import { at, between, birds, circle, figure, glow, line, path, rect, ridge, type Scene, times } from "../canvas.ts";

/** By film. */
export const drama: Record<string, Scene> = {
  f01(c) {
    const { colours: k, width: w, height: h, unit: u, focus: f, random } = c;
    const horizon = h * between(random, 0.6, 0.68);
    const sun = u * between(random, 0.11, 0.16);
    const house = {
      x: f.x + u * between(random, -0.2, 0.2),
      y: horizon - u * 0.005,
      s: u * between(random, 0.05, 0.075),
    };
    return [
      glow(c, f.x, horizon - sun * between(random, 0.1, 1.1), sun, 4),
      ridge(c, horizon - u * 0.03, u * 0.06, 0, k.ground[0], 'opacity=".75"'),
      rect(0, horizon, w, h - horizon, k.ground[2]),
      rect(0, horizon, w, h - horizon, "url(#water)", 'opacity=".6"'),
      times(26, (i) => {
        const y = horizon + (h - horizon) * ((i + 0.5) / 26) ** 1.5;
        const length = u * (0.04 + 0.3 * (i / 26)) * between(random, 0.4, 1.1);
        const x = f.x + u * 0.12 * (i / 10) * (random() - 0.5);
        return line(
          `M${at(x - length / 2)} ${at(y)}h${at(length)}`,
          k.light,
          u * 0.0035,
          `opacity="${at(0.75 - 0.02 * i)}"`,
        );
      }),
      path(
        `M${at(house.x - house.s)} ${at(house.y)}v${at(-house.s)}l${at(house.s)} ${at(-house.s * 0.8)}l${at(house.s)} ${at(house.s * 0.8)}v${at(house.s)}z`,
        k.ink,
      ),
      rect(house.x - house.s * 0.2, house.y - house.s * 0.75, house.s * 0.4, house.s * 0.42, k.light),
      ridge(c, h * 0.96, u * 0.05, 0, k.ink),
    ].join("");
  },

  // A block of flats at night; some kitchens are lit.
  f02({ colours: k, width: w, height: h, unit: u, focus: f, random }) {
    const left = f.x - u * 0.36;
    const top = h * 0.12;
    const cell = u * 0.18;
    const rows = Math.ceil((h - top) / (cell * 1.25));
    return [
      circle(f.x, h * 0.2, u * 0.9, "url(#halo)", 'opacity=".25"'),
      rect(0, h * 0.3, w, h, k.ground[2], 'opacity=".8"'),
      rect(left - u * 0.06, top - u * 0.06, u * 0.84, h, k.ink),
      times(rows * 4, (i) => {
        const x = left + (i % 4) * cell;
        const y = top + Math.floor(i / 4) * cell * 1.25;
        const lit = random() < 0.55;
        const warm = random() < 0.25 ? k.accent : k.light;
        const table = `${rect(x + u * 0.025, y + u * 0.11, u * 0.08, u * 0.006, k.ink)}${line(`M${at(x + u * 0.065)} ${at(y)}v${at(u * 0.035)}`, k.ink, u * 0.004)}${path(`M${at(x + u * 0.045)} ${at(y + u * 0.05)}h${at(u * 0.04)}l${at(-u * 0.01)} ${at(-u * 0.018)}h${at(-u * 0.02)}z`, k.ink)}`;
        return lit
          ? `${circle(x + u * 0.065, y + u * 0.075, u * 0.13, "url(#halo)", 'opacity=".3"')}${rect(x, y, u * 0.13, u * 0.15, warm, `opacity="${at(between(random, 0.7, 1))}"`)}${random() < 0.6 ? figure(x + u * between(random, 0.03, 0.1), y + u * 0.15, u * 0.1, k.ground[3]) : table}`
          : rect(x, y, u * 0.13, u * 0.15, k.ground[2], 'opacity=".75"');
      }),
    ].join("");
  },

  // Rows of fruit trees on a hill, and a ladder against one.
  f03(c) {
    const { colours: k, height: h, unit: u, focus: f, random } = c;
    const tree = (x: number, y: number, s: number) =>
      rect(x - s * 0.06, y - s * 0.6, s * 0.12, s * 0.6, k.ink) +
      times(7, (i) =>
        circle(
          x + s * 0.34 * Math.cos(i * 0.9),
          y - s * (0.86 + 0.26 * Math.sin(i * 0.9)),
          s * 0.3,
          i % 3 ? k.ground[3] : k.ground[2],
        ),
      ) +
      times(7, () =>
        circle(x + s * between(random, -0.42, 0.42), y - s * between(random, 0.6, 1.15), s * 0.05, k.accent),
      );
    return [
      glow(c, f.x, f.y + u * 0.05, u * 0.13, 4),
      birds(c, 7, f.x - u * 0.1, f.y - u * 0.1, u * 0.2, u * 0.025, k.ink),
      ridge(c, h * 0.6, u * 0.08, 0, k.ground[0], 'opacity=".8"'),
      ridge(c, h * 0.68, u * 0.06, 0, k.ground[1]),
      times(8, (i) => tree(f.x + u * (-0.56 + 0.16 * i), h * 0.7, u * 0.1)),
      ridge(c, h * 0.76, u * 0.05, 0, k.ground[2]),
      tree(f.x - u * 0.28, h * 0.81, u * 0.24),
      tree(f.x + u * 0.26, h * 0.82, u * 0.26),
      line(
        `M${at(f.x + u * 0.09)} ${at(h * 0.83)}l${at(u * 0.1)} ${at(-u * 0.24)}m${at(u * 0.035)} ${at(u * 0.012)}l${at(-u * 0.1)} ${at(u * 0.24)}`,
        k.ink,
        u * 0.007,
      ),
      times(5, (i) =>
        line(
          `M${at(f.x + u * (0.108 + 0.018 * i))} ${at(h * 0.83 - u * (0.03 + 0.04 * i))}h${at(u * 0.036)}`,
          k.ink,
          u * 0.005,
        ),
      ),
      figure(f.x - u * 0.05, h * 0.84, u * 0.12, k.ink),
      ridge(c, h * 0.9, u * 0.05, 0, k.ink),
    ].join("");
  },
};
