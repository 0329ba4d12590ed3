import { at, between, circle, glow, line, path, place, rect, ridge, type Scene, stars, times } from "../canvas.ts";

/** By film. */
export const animation: Record<string, Scene> = {
  f28(c) {
    const { colours: k, height: h, width: w, unit: u, focus: f, random } = c;
    const cloud = (x: number, y: number, s: number, opacity: number) =>
      `<g opacity="${opacity}">${[
        [-1.1, 0.1, 0.5],
        [-0.4, -0.25, 0.72],
        [0.45, -0.1, 0.6],
        [1.1, 0.14, 0.42],
        [0, 0.2, 0.62],
      ]
        .map(([dx, dy, r]) => circle(x + dx! * s, y + dy! * s, r! * s, "#fff"))
        .join("")}</g>`;
    const s = u * between(random, 0.15, 0.19);
    return [
      stars(c, 70, 0.7),
      glow(c, f.x + u * 0.2, f.y - u * 0.18, u * 0.075, 4, 0.7),
      cloud(f.x - u * 0.42, f.y + u * 0.16, u * 0.1, 0.35),
      cloud(f.x + u * 0.46, f.y + u * 0.06, u * 0.08, 0.3),
      // A whale folded from paper, swimming in the sky.
      `<g transform="translate(${at(f.x)} ${at(f.y + u * 0.06)}) scale(${at(s / 10)}) rotate(${at(between(random, -16, -4))})">` +
        path("M-12 0L-3 -7L8 -5L12 1L3 6L-6 5Z", "#fff") +
        path("M-12 0L-3 -7L0 1Z", k.light, 'opacity=".55"') +
        path("M0 1L8 -5L12 1L3 6Z", k.accent, 'opacity=".55"') +
        path("M-12 0L0 1L3 6L-6 5Z", k.sky[2], 'opacity=".5"') +
        path("M-12 0L-18 -6L-15 1L-19 4Z", "#fff", 'opacity=".92"') +
        path("M-1 5L1 11L5 5Z", k.light) +
        circle(7, -1.2, 0.75, k.ink) +
        line("M6 -7q-1 -4 -4 -4M6 -7q1 -4 4 -4", "#fff", 0.5, 'opacity=".8"') +
        "</g>",
      cloud(f.x + u * 0.02, f.y + u * 0.36, u * 0.13, 0.5),
      ridge(c, h * 0.8, u * 0.07, 0, k.ground[0]),
      ridge(c, h * 0.87, u * 0.06, 0, k.ground[1]),
      times(11, (i) => {
        const x = ((i + random()) / 11) * w;
        const y = h * between(random, 0.85, 0.9);
        const t = u * between(random, 0.025, 0.05);
        return `${rect(x - t * 0.1, y, t * 0.2, t * 1.3, k.ink)}${circle(x, y, t * 0.75, i % 3 ? k.ground[2] : k.accent)}`;
      }),
      ridge(c, h * 0.94, u * 0.05, 0, k.ground[3]),
    ].join("");
  },

  // A cloud is being hemmed.
  f29(c) {
    const { colours: k, height: h, unit: u, focus: f, random } = c;
    const puff = (x: number, y: number, s: number, fill: string) =>
      [
        [-1.6, 0.3, 0.6],
        [-0.8, -0.25, 0.85],
        [0.2, -0.55, 1],
        [1.1, -0.1, 0.8],
        [1.8, 0.35, 0.5],
        [0.2, 0.25, 0.95],
        [-0.8, 0.4, 0.7],
        [1, 0.45, 0.65],
      ]
        .map(([dx, dy, r]) => circle(x + dx! * s, y + dy! * s, r! * s, fill))
        .join("");
    return [
      glow(c, f.x + u * 0.3, f.y - u * 0.25, u * 0.09, 4, 0.7),
      times(46, () => {
        const x = f.x + u * between(random, -0.34, 0.34);
        const y = f.y + u * between(random, 0.16, 0.5);
        return line(`M${at(x)} ${at(y)}v${at(u * 0.035)}`, "hsl(200 90% 84%)", u * 0.004, 'opacity=".7"');
      }),
      puff(f.x + u * 0.03, f.y + u * 0.03, u * 0.17, k.ground[0]),
      puff(f.x, f.y, u * 0.17, "#fff"),
      line(
        `M${at(f.x - u * 0.33)} ${at(f.y + u * 0.06)}q${at(u * 0.09)} ${at(-u * 0.06)} ${at(u * 0.17)} 0t${at(u * 0.17)} 0t${at(u * 0.17)} 0`,
        k.accent,
        u * 0.009,
        `stroke-dasharray="${at(u * 0.024)} ${at(u * 0.02)}"`,
      ),
      line(
        `M${at(f.x + u * 0.18)} ${at(f.y + u * 0.06)}q${at(u * 0.14)} ${at(u * 0.08)} ${at(u * 0.1)} ${at(-u * 0.12)}t${at(u * 0.13)} ${at(-u * 0.02)}`,
        k.accent,
        u * 0.005,
      ),
      place(
        f.x + u * 0.4,
        f.y - u * 0.06,
        u / 100,
        `<g transform="rotate(48)">${path("M0 -15L1.5 9Q0 12 -1.5 9Z", "hsl(230 30% 88%)")}<ellipse cx="0" cy="8" rx=".6" ry="1.7" fill="${k.ink}"/></g>`,
      ),
      ridge(c, h * 0.78, u * 0.07, 0, k.ground[0]),
      // Fields, sewn together.
      ridge(c, h * 0.84, u * 0.06, 0, k.accent, 'opacity=".75"'),
      ridge(c, h * 0.88, u * 0.06, 0, k.ground[1]),
      place(
        f.x - u * 0.12,
        h * 0.875,
        u / 100,
        `${path("M-7 0v-8l7 -6l7 6v8z", "#fff")}${path("M-9 -7.4l9 -8l9 8z", "hsl(348 76% 62%)")}${rect(-1.6, -5, 3.2, 5, k.ink)}${rect(3, -7, 2.4, 2.4, k.light)}`,
      ),
      ridge(c, h * 0.95, u * 0.05, 0, k.ground[3]),
    ].join("");
  },

  // The post goes out, before the owls do.
  f30(c) {
    const { colours: k, height: h, unit: u, focus: f, random } = c;
    const letter = (x: number, y: number, s: number, turn: number) =>
      place(
        x,
        y,
        s,
        `<g transform="rotate(${at(turn)})">${rect(-7, -4.6, 14, 9.2, "#fff6e0", 'rx="1"')}${line("M-6.6 -4.2L0 1L6.6 -4.2", k.ground[1], 0.8)}${circle(0, 1.4, 1.5, "hsl(350 74% 56%)")}</g>`,
      );
    return [
      stars(c, 120, 0.8),
      glow(c, f.x + u * 0.03, f.y - u * 0.04, u * 0.25, 2.5, 0.6),
      place(
        f.x,
        f.y + u * 0.08,
        u / 100,
        `${path("M-16 -14L-13 -26L-5 -20H5L13 -26L16 -14Q20 8 10 18Q0 25 -10 18Q-20 8 -16 -14Z", k.ground[2])}${path("M-16 -6Q-24 8 -14 18Q-8 8 -10 -4Z", k.ground[3])}${path("M16 -6Q24 8 14 18Q8 8 10 -4Z", k.ground[3])}<ellipse cx="0" cy="8" rx="8" ry="10" fill="${k.sky[2]}"/>${line("M-4 4q2 2 4 0q2 2 4 0M-5 9q2.500 2 5 0q2.500 2 5 0M-3 14q1.500 1.500 3 0q1.500 1.500 3 0", k.ground[2], 0.9)}${circle(-6.4, -10, 6.6, "#fff")}${circle(6.4, -10, 6.6, "#fff")}${circle(-5.6, -9.6, 3.6, k.ink)}${circle(5.6, -9.6, 3.6, k.ink)}${circle(-4.4, -11, 1.2, "#fff")}${circle(6.8, -11, 1.2, "#fff")}${path("M-2 -6.500h4l-2 4.600z", "hsl(36 92% 60%)")}`,
      ),
      line(
        `M0 ${at(f.y + u * 0.33)}Q${at(f.x)} ${at(f.y + u * 0.24)} ${at(c.width)} ${at(f.y + u * 0.36)}`,
        k.ink,
        u * 0.026,
      ),
      place(
        f.x + u * 0.13,
        f.y + u * 0.33,
        u / 110,
        `${rect(-7, -7, 14, 11, k.accent, 'rx="2"')}${path("M-7 -6L0 0L7 -6", "none", `stroke="${k.ink}" stroke-width="1"`)}${line("M-7 -5Q-14 -22 -8 -30", k.accent, 1.4)}`,
      ),
      letter(f.x - u * 0.36, f.y - u * 0.2, u * 0.0085, -18),
      letter(f.x + u * 0.37, f.y - u * 0.14, u * 0.0075, 16),
      letter(f.x - u * 0.3, f.y + u * 0.14, u * 0.006, 10),
      ridge(c, h * 0.82, u * 0.06, 0, k.ground[1]),
      times(9, (i) => {
        const x = f.x + u * (-0.6 + 0.15 * i + 0.05 * random());
        return (
          path(
            `M${at(x - u * 0.05)} ${at(h * 0.9)}L${at(x)} ${at(h * 0.9 - u * between(random, 0.14, 0.24))}L${at(x + u * 0.05)} ${at(h * 0.9)}Z`,
            k.ground[2],
          ) + (i % 3 ? "" : circle(x, h * 0.89, u * 0.012, k.light))
        );
      }),
      ridge(c, h * 0.92, u * 0.05, 0, k.ground[3]),
    ].join("");
  },
};
