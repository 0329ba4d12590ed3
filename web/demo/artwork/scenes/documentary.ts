import {
  at,
  between,
  birds,
  circle,
  figure,
  glow,
  line,
  path,
  place,
  rect,
  ridge,
  type Scene,
  times,
} from "../canvas.ts";

/** By film. */
export const documentary: Record<string, Scene> = {
  f21(c) {
    const { colours: k, width: w, height: h, unit: u, focus: f, random } = c;
    const wobble = Array.from({ length: 5 }, () => ({
      n: 1 + Math.floor(5 * random()),
      size: between(random, 0.03, 0.13),
      phase: 6.3 * random(),
    }));
    return [
      glow(c, f.x, f.y, u * 0.06, 5, 0.55),
      // Contour lines, as on a survey map.
      times(15, (i) => {
        const r = u * (0.1 + 0.058 * i);
        const points = Array.from({ length: 73 }, (_, j) => {
          const a = (j / 72) * 2 * Math.PI;
          const bend = wobble.reduce((sum, b) => sum + b.size * Math.sin(b.n * a + b.phase + i * 0.05), 1);
          return `${j ? "L" : "M"}${at(f.x + r * bend * Math.cos(a) * 1.15)} ${at(f.y + r * bend * Math.sin(a))}`;
        });
        return line(
          `${points.join("")}Z`,
          i % 4 === 0 ? k.light : "#fff",
          u * (i % 4 === 0 ? 0.0042 : 0.0022),
          `opacity="${at(Math.max(0.1, 0.62 - 0.035 * i))}"`,
        );
      }),
      birds(c, 46, f.x, f.y, u * 0.42, u * 0.026, k.ink),
      ridge(c, h * 0.74, u * 0.07, 0.15, k.ground[0], 'opacity=".9"'),
      ridge(c, h * 0.81, u * 0.06, 0.1, k.ground[1]),
      ridge(c, h * 0.88, u * 0.05, 0.1, k.ground[2]),
      ridge(c, h * 0.95, u * 0.04, 0.1, k.ground[3]),
      rect(0, 0, w, h, "none"),
    ].join("");
  },

  // A great bell, and its sound.
  f19(c) {
    const { colours: k, height: h, width: w, unit: u, focus: f } = c;
    return [
      times(
        9,
        (i) =>
          `<circle cx="${at(f.x)}" cy="${at(f.y + u * 0.06)}" r="${at(u * (0.28 + 0.07 * i))}" fill="none" stroke="${k.light}" stroke-width="${at(u * (0.007 - 0.0006 * i))}" opacity="${at(0.55 - 0.055 * i)}"/>`,
      ),
      circle(f.x, f.y, u * 0.5, "url(#halo)", 'opacity=".5"'),
      rect(0, f.y - u * 0.37, w, u * 0.05, k.ink),
      times(4, (i) => rect(f.x - u * (0.62 - 0.4 * i), 0, u * 0.045, h, k.ink, 'opacity=".35"')),
      place(
        f.x,
        f.y,
        u / 100,
        `${rect(-3, -34, 6, 12, k.ink)}${path("M-10 -22Q-12 -28 0 -28Q12 -28 10 -22Q14 -4 17 8Q19 17 26 23H-26Q-19 17 -17 8Q-14 -4 -10 -22Z", "hsl(36 62% 46%)")}${path("M4 -27Q12 -27 10 -22Q14 -4 17 8Q19 17 26 23H12Q8 8 7 -6Z", "#000", 'opacity=".28"')}${path("M-7 -24Q-11 -4 -14 10Q-15 16 -18 20Q-8 10 -6 -8Z", "#fff", 'opacity=".28"')}${line("M-14.6 2H14.6M-16.6 8.4H16.6M-11.4 -15H11.4", "hsl(32 60% 30%)", 1)}${rect(-27, 22, 54, 3.4, "hsl(34 58% 38%)", 'rx="1.7"')}${circle(0, 29, 4.6, k.ink)}`,
      ),
      ridge(c, h * 0.86, u * 0.05, 0, k.ground[2]),
      figure(f.x - u * 0.25, h * 0.88, u * 0.15, k.ink),
      line(`M${at(f.x - u * 0.23)} ${at(h * 0.88 - u * 0.1)}L${at(f.x)} ${at(f.y + u * 0.33)}`, k.ink, u * 0.005),
      ridge(c, h * 0.95, u * 0.03, 0, k.ink),
    ].join("");
  },

  // The ground, cut open.
  f20(c) {
    const { colours: k, height: h, unit: u, focus: f, random } = c;
    const top = h * 0.34;
    const soils = [
      "hsl(84 30% 34%)",
      "hsl(48 26% 30%)",
      "hsl(34 30% 25%)",
      "hsl(26 30% 20%)",
      "hsl(22 30% 15%)",
      "hsl(18 30% 10%)",
    ];
    return [
      glow(c, f.x + u * 0.2, top - u * 0.12, u * 0.06, 5, 0.6),
      birds(c, 6, f.x - u * 0.1, top - u * 0.2, u * 0.2, u * 0.028, k.ink),
      soils.map((soil, i) => ridge(c, top + (h - top) * (i / 6.2), u * 0.025, 0.08, soil)).join(""),
      times(60, () =>
        circle(
          random() * c.width,
          between(random, top + u * 0.08, h),
          u * between(random, 0.003, 0.011),
          "#fff",
          'opacity=".1"',
        ),
      ),
      times(40, () =>
        line(
          `M${at(f.x + u * between(random, -0.7, 0.7))} ${at(top + u * between(random, 0, 0.03))}q${at(u * between(random, -0.02, 0.02))} ${at(u * 0.05)} ${at(u * between(random, -0.03, 0.03))} ${at(u * between(random, 0.05, 0.14))}`,
          "hsl(40 30% 50%)",
          u * 0.002,
          'opacity=".5"',
        ),
      ),
      place(
        f.x,
        h * 0.63,
        u / 100,
        `${circle(0, 0, 30, "url(#halo)", 'opacity=".55"')}${path("M-8 -14H8L6 -10Q16 -2 11 9Q6 16 0 16Q-6 16 -11 9Q-16 -2 -6 -10Z", "hsl(20 52% 46%)")}${line("M-11.6 -1L-8 3L-4 -1L0 3L4 -1L8 3L11.6 -1", "#fff3d6", 1.1)}${line("M-12 6H12", "#fff3d6", 0.9)}${rect(-9, -15.4, 18, 2.6, "hsl(20 52% 36%)", 'rx="1.3"')}`,
      ),
      figure(f.x - u * 0.26, top + u * 0.01, u * 0.12, k.ink),
      line(`M${at(f.x - u * 0.24)} ${at(top - u * 0.06)}l${at(u * 0.07)} ${at(u * 0.08)}`, k.ink, u * 0.007),
      place(
        f.x + u * 0.24,
        h * 0.83,
        u / 120,
        line("M-12 0Q0 -5 12 0M-8 -1.4v6M-4 -2.2v8M0 -2.6v9M4 -2.2v8M8 -1.4v6", "#e9dcc8", 1.4, 'opacity=".75"'),
      ),
    ].join("");
  },
};
