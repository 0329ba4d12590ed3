import { at, between, type Canvas, circle, line, path, place, rect, ridge, type Scene, times } from "../canvas.ts";

/** Rays around the focus. */
const burst = (c: Canvas): string => {
  const { colours: k, width: w, focus: f } = c;
  const turn = 20 * c.random();
  const edge = (i: number) =>
    `${at(f.x + 2 * w * Math.cos((i * Math.PI) / 12))} ${at(f.y + 2 * w * Math.sin((i * Math.PI) / 12))}`;
  const rays = times(24, (i) => path(`M${at(f.x)} ${at(f.y)}L${edge(i)}L${edge(i + 0.5)}Z`, k.light));
  return `<g transform="rotate(${at(turn)} ${at(f.x)} ${at(f.y)})" opacity=".2">${rays}</g>`;
};

const confetti = (c: Canvas): string => {
  const { colours: k, width: w, height: h, unit: u, random } = c;
  const colours = [k.light, k.accent, k.ground[0], "#fff5e6", k.ground[1]];
  return times(34, (i) => {
    const x = random() * w;
    const y = random() * h;
    const s = u * between(random, 0.012, 0.03);
    const colour = colours[i % colours.length]!;
    return i % 3 === 0
      ? circle(x, y, s * 0.7, colour, 'opacity=".9"')
      : rect(
          x,
          y,
          s * 0.6,
          s * 1.8,
          colour,
          `opacity=".9" rx="${at(s * 0.2)}" transform="rotate(${at(360 * random())} ${at(x)} ${at(y)})"`,
        );
  });
};

function face({ colours: k, random }: Canvas, x: number, y: number, r: number, wears: "hat" | "bow tie"): string {
  const tilt = between(random, -14, 14);
  return [
    circle(x + r * 0.08, y + r * 0.1, r, k.ink, 'opacity=".25"'),
    circle(x, y, r, k.light),
    path(
      `M${at(x - r)} ${at(y)}A${at(r)} ${at(r)} 0 0 0 ${at(x + r)} ${at(y)}Z`,
      k.accent,
      `transform="rotate(${at(tilt)} ${at(x)} ${at(y)})"`,
    ),
    times(
      2,
      (i) =>
        circle(x + r * (i ? 0.36 : -0.36), y - r * 0.3, r * 0.13, k.ink) +
        circle(x + r * (i ? 0.39 : -0.33), y - r * 0.34, r * 0.045, "#fff"),
    ),
    // A moustache.
    path(
      `M${at(x)} ${at(y - r * 0.08)}c${at(r * 0.2)} ${at(-r * 0.12)} ${at(r * 0.5)} ${at(-r * 0.04)} ${at(r * 0.56)} ${at(r * 0.16)}c${at(-r * 0.2)} ${at(r * 0.1)} ${at(-r * 0.44)} ${at(r * 0.06)} ${at(-r * 0.56)} ${at(-r * 0.02)}c${at(-r * 0.12)} ${at(r * 0.08)} ${at(-r * 0.36)} ${at(r * 0.12)} ${at(-r * 0.56)} ${at(r * 0.02)}c${at(r * 0.06)} ${at(-r * 0.2)} ${at(r * 0.36)} ${at(-r * 0.28)} ${at(r * 0.56)} ${at(-r * 0.16)}z`,
      k.ink,
    ),
    wears === "hat"
      ? rect(x - r * 0.62, y - r * 0.99, r * 1.24, r * 0.13, k.ground[3], `rx="${at(r * 0.06)}"`) +
        rect(x - r * 0.36, y - r * 1.52, r * 0.72, r * 0.56, k.ground[3], `rx="${at(r * 0.06)}"`) +
        rect(x - r * 0.36, y - r * 1.14, r * 0.72, r * 0.11, k.accent)
      : path(
          `M${at(x)} ${at(y + r * 1.1)}l${at(-r * 0.5)} ${at(-r * 0.26)}v${at(r * 0.52)}zl${at(r * 0.5)} ${at(-r * 0.26)}v${at(r * 0.52)}z`,
          k.ground[2],
        ),
  ].join("");
}

/** By film. */
export const comedy: Record<string, Scene> = {
  // A tall cake on its way.
  f08(c) {
    const { colours: k, height: h, unit: u, focus: f } = c;
    const tier = (y: number, half: number, height: number, fill: string) =>
      rect(-half, y, 2 * half, height, fill, 'rx="1.6"') +
      times(Math.floor(half / 1.6), (i) => circle(-half + 1.7 + i * 3.2, y + 0.6, 1.75, "#fff8ec")) +
      times(Math.floor(half / 1.6), (i) =>
        rect(-half + 1 + i * 3.2, y + 0.4, 1.4, 2.4 + ((i * 7) % 4), "#fff8ec", 'rx=".7"'),
      );
    return [
      burst(c),
      circle(f.x, f.y + u * 0.03, u * 0.36, k.light, 'opacity=".9"'),
      place(
        f.x,
        f.y + u * 0.03,
        u / 100,
        `${tier(14, 22, 13, k.accent)}${tier(2, 16, 12, k.ground[0])}${tier(-9, 10.5, 11, k.accent)}${line("M-2.6 -10v-8M2.8 -10v-8", k.ink, 0.9)}${circle(-2.6, -20, 1.7, k.ink)}${circle(2.8, -20, 1.7, "#fff8ec")}${path("M-30 27h60l-3 4h-54z", k.ink)}`,
        'transform-origin="0 0" ',
      ),
      confetti(c),
      ridge(c, h * 0.93, u * 0.04, 0, k.ground[3]),
    ].join("");
  },

  // Honeycomb, and who lives there.
  f09(c) {
    const { colours: k, width: w, height: h, unit: u, focus: f, random } = c;
    const s = u * 0.085;
    const hexagon = (x: number, y: number, r: number, fill: string, more = "") =>
      path(
        `${Array.from({ length: 6 }, (_, i) => `${i ? "L" : "M"}${at(x + r * Math.sin((i * Math.PI) / 3))} ${at(y + r * Math.cos((i * Math.PI) / 3))}`).join("")}Z`,
        fill,
        more,
      );
    const bee = (x: number, y: number, size: number, turn: number) =>
      place(
        x,
        y,
        size,
        `<g transform="rotate(${at(turn)})"><ellipse cx="-1.5" cy="-6" rx="3" ry="5" fill="#fff" opacity=".75" transform="rotate(-24)"/><ellipse cx="2.5" cy="-6" rx="3" ry="5" fill="#fff" opacity=".75" transform="rotate(14)"/><ellipse rx="7.4" ry="5" fill="${k.light}"/>${rect(-3.4, -4.6, 2.2, 9.2, k.ink)}${rect(0.6, -4.9, 2.2, 9.8, k.ink)}${circle(5, -1, 0.9, k.ink)}${line("M6 -4q2 -2 3 -4", k.ink, 0.6)}</g>`,
      );
    const columns = Math.ceil(w / (s * 1.74)) + 2;
    return [
      times(columns * Math.ceil(h / (s * 1.5) + 1), (i) => {
        const row = Math.floor(i / columns);
        const x = ((i % columns) + (row % 2) / 2) * s * 1.74 - s;
        const y = row * s * 1.5;
        const near = Math.hypot(x - f.x, (y - f.y) * 0.9) / (u * 0.62) + 0.25 * random();
        if (near > 1.05) return hexagon(x, y, s * 0.94, k.ground[3], `opacity="${at(0.3 * random())}"`);
        return (
          hexagon(x, y, s * 0.92, random() < 0.22 ? "#fff1c4" : k.sky[2], `opacity="${at(1.05 - 0.5 * near)}"`) +
          hexagon(x, y - s * 0.08, s * 0.6, k.light, `opacity="${at(0.9 - 0.6 * near)}"`)
        );
      }),
      line(
        `M${at(f.x - u * 0.4)} ${at(f.y + u * 0.36)}q${at(u * 0.2)} ${at(-u * 0.3)} ${at(u * 0.3)} ${at(-u * 0.08)}t${at(u * 0.1)} ${at(-u * 0.26)}`,
        "#fff",
        u * 0.006,
        'stroke-dasharray="2 14" opacity=".8"',
      ),
      bee(f.x + u * 0.02, f.y + u * 0.01, u * 0.021, -14),
      bee(f.x - u * 0.3, f.y - u * 0.22, u * 0.009, 20),
      bee(f.x + u * 0.3, f.y - u * 0.28, u * 0.008, -30),
      bee(f.x + u * 0.31, f.y + u * 0.25, u * 0.01, 8),
      ridge(c, h * 0.93, u * 0.04, 0, k.ground[3]),
    ].join("");
  },

  // Three uncles; the tuba is out of the picture.
  f10(c) {
    const { colours: k, height: h, unit: u, focus: f } = c;
    return [
      burst(c),
      face(c, f.x - u * 0.3, f.y + u * 0.13, u * 0.17, "bow tie"),
      face(c, f.x + u * 0.31, f.y + u * 0.1, u * 0.18, "hat"),
      face(c, f.x, f.y, u * 0.23, "hat"),
      confetti(c),
      ridge(c, h * 0.93, u * 0.04, 0, k.ground[3]),
    ].join("");
  },

  // The committee is in session.
  f11(c) {
    const { colours: k, height: h, unit: u, focus: f } = c;
    const goose = (x: number, y: number, size: number, flip: 1 | -1, scarf: string) =>
      `<g transform="translate(${at(x)} ${at(y)}) scale(${at(100 * size * flip) === "0" ? 0 : size * flip} ${size})">${path("M-17 16Q-20 2 -6 0Q-1 -1 0 -8V-24Q0 -33 7 -33Q13 -33 13 -27Q13 -23 9 -21V-4Q11 8 3 16Q-4 22 -12 20Z", "#fff8ec")}${path("M12.4 -29L21 -26.4L12.6 -24Z", "hsl(28 92% 58%)")}${circle(8.6, -28.2, 1.3, k.ink)}${rect(-0.8, -15, 10.6, 3.4, scarf, 'rx="1.4"')}${path("M0 -13l-3 9h4l2 -9z", scarf)}${path("M-14 8Q-6 2 0 9Q-5 16 -13 14Z", "#e9dcc8")}</g>`;
    return [
      burst(c),
      circle(f.x, f.y, u * 0.37, k.light, 'opacity=".35"'),
      goose(f.x - u * 0.27, f.y + u * 0.13, u * 0.0088, 1, k.accent),
      goose(f.x + u * 0.28, f.y + u * 0.13, u * 0.0088, -1, k.ground[1]),
      goose(f.x - u * 0.02, f.y + u * 0.1, u * 0.0115, 1, "hsl(348 70% 45%)"),
      rect(f.x - u * 0.5, f.y + u * 0.29, u, u * 0.035, k.ground[2], `rx="${at(u * 0.01)}"`),
      rect(f.x - u * 0.46, f.y + u * 0.32, u * 0.92, u * 0.16, k.ground[3]),
      place(
        f.x + u * 0.2,
        f.y + u * 0.27,
        u / 100,
        `${rect(-4, -5, 8, 4, k.ink, 'rx="1"')}${line("M3 -3l9 2", k.ink, 1.4)}`,
      ),
      ridge(c, h * 0.93, u * 0.04, 0, k.ground[3]),
    ].join("");
  },
};
