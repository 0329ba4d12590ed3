import {
  at,
  between,
  circle,
  figure,
  glow,
  line,
  path,
  place,
  rect,
  ridge,
  type Scene,
  stars,
  times,
} from "../canvas.ts";

/** By film. */
export const scienceFiction: Record<string, Scene> = {
  f14(c) {
    const { colours: k, height: h, unit: u, focus: f, random } = c;
    const r = u * between(random, 0.2, 0.29);
    const tilt = between(random, -28, -8);
    const ring = (front: boolean) =>
      `<g transform="rotate(${at(tilt)} ${at(f.x)} ${at(f.y)})">${times(4, (i) => {
        const a = r * (1.45 + 0.14 * i);
        return line(
          `M${at(f.x - a)} ${at(f.y)}A${at(a)} ${at(a * 0.24)} 0 0 ${front ? 0 : 1} ${at(f.x + a)} ${at(f.y)}`,
          i === 1 ? k.accent : k.light,
          u * (0.012 - 0.002 * i),
          `opacity="${at(0.85 - 0.18 * i)}"`,
        );
      })}</g>`;
    return [
      circle(f.x - u * 0.3, f.y + u * 0.12, u * 0.6, "url(#nebula)", 'opacity=".55"'),
      stars(c, 150, 0.9),
      ring(false),
      circle(f.x, f.y, r * 1.5, "url(#halo)", 'opacity=".35"'),
      circle(f.x, f.y, r, "url(#globe)"),
      times(5, (i) => {
        const y = f.y + r * (-0.6 + 0.28 * i);
        const half = Math.sqrt(Math.max(0, r * r - (y - f.y) ** 2));
        return line(
          `M${at(f.x - half * 0.96)} ${at(y)}Q${at(f.x)} ${at(y + r * 0.14)} ${at(f.x + half * 0.96)} ${at(y)}`,
          "#fff",
          r * between(random, 0.02, 0.06),
          'opacity=".12"',
        );
      }),
      ring(true),
      circle(f.x - r * 1.75, f.y - r * 1.05, r * 0.16, k.light),
      circle(f.x - r * 1.71, f.y - r * 1.02, r * 0.16, k.sky[1], 'opacity=".75"'),
      ridge(c, h * 0.87, u * 0.07, 0.5, k.ground[2]),
      ridge(c, h * 0.95, u * 0.05, 0.4, k.ink),
      // Someone small, looking up.
      path(
        `M${at(f.x - u * 0.2)} ${at(h * 0.935)}c${at(u * 0.002)} ${at(-u * 0.05)} ${at(u * 0.026)} ${at(-u * 0.05)} ${at(u * 0.028)} 0z`,
        k.ink,
      ),
      circle(f.x - u * 0.186, h * 0.935 - u * 0.046, u * 0.0115, k.ink),
    ].join("");
  },

  // A street at night, and a signal over it.
  f12(c) {
    const { colours: k, height: h, width: w, unit: u, focus: f, random } = c;
    const ground = h * 0.8;
    return [
      stars(c, 140, 0.7),
      times(
        9,
        (i) =>
          `<circle cx="${at(f.x)}" cy="${at(f.y)}" r="${at(u * (0.06 + 0.065 * i))}" fill="none" stroke="${i % 3 ? "#fff" : k.light}" stroke-width="${at(u * 0.004)}" opacity="${at(0.75 - 0.075 * i)}"/>`,
      ),
      glow(c, f.x, f.y, u * 0.032, 7, 0.8),
      path(
        `M${at(f.x)} ${at(f.y)}L${at(f.x - u * 0.14)} ${at(ground)}H${at(f.x + u * 0.14)}Z`,
        k.light,
        'opacity=".22"',
      ),
      times(Math.ceil(w / (u * 0.17)) + 1, (i) => {
        const x = i * u * 0.17 - u * 0.05;
        if (Math.abs(x + u * 0.07 - f.x) < u * 0.14) return "";
        const height = u * between(random, 0.12, 0.26);
        return `${path(`M${at(x)} ${at(ground + u * 0.1)}v${at(-height)}l${at(u * 0.07)} ${at(-u * 0.06)}l${at(u * 0.07)} ${at(u * 0.06)}v${at(height)}z`, i % 2 ? k.ink : k.ground[3])}${rect(x + u * 0.03, ground + u * 0.1 - height + u * 0.02, u * 0.026, u * 0.034, random() < 0.5 ? k.light : k.ground[2])}${rect(x + u * 0.084, ground + u * 0.1 - height + u * 0.02, u * 0.026, u * 0.034, random() < 0.5 ? k.light : k.ground[2])}`;
      }),
      rect(0, ground + u * 0.09, w, h, k.ink),
      path(
        `M${at(f.x - u * 0.05)} ${at(ground + u * 0.08)}h${at(u * 0.1)}L${at(f.x + u * 0.34)} ${h}H${at(f.x - u * 0.34)}Z`,
        k.ground[2],
      ),
      figure(f.x, ground + u * 0.12, u * 0.1, k.ink),
    ].join("");
  },

  // A map of stars, drawn by machines.
  f13(c) {
    const { colours: k, height: h, unit: u, focus: f, random } = c;
    const wheel = (x: number, y: number, r: number, teeth: number, fill: string) =>
      path(
        `${Array.from({ length: teeth * 4 }, (_, i) => {
          const radius = i % 4 < 2 ? r : r * 0.86;
          const a = (i / (teeth * 4)) * 2 * Math.PI;
          return `${i ? "L" : "M"}${at(x + radius * Math.cos(a))} ${at(y + radius * Math.sin(a))}`;
        }).join("")}Z`,
        fill,
      ) +
      circle(x, y, r * 0.62, k.ground[3]) +
      circle(x, y, r * 0.2, fill) +
      times(5, (i) =>
        line(
          `M${at(x)} ${at(y)}L${at(x + r * 0.7 * Math.cos(i * 1.2566))} ${at(y + r * 0.7 * Math.sin(i * 1.2566))}`,
          fill,
          r * 0.09,
        ),
      );
    const points = Array.from({ length: 9 }, (_, i) => ({
      x: f.x + u * 0.45 * Math.cos(i * 2.4 + 1) * (0.45 + 0.07 * i),
      y: f.y + u * 0.4 * Math.sin(i * 2.4 + 1) * (0.45 + 0.07 * i),
    }));
    return [
      stars(c, 120, 0.85),
      times(
        6,
        (i) =>
          `<circle cx="${at(f.x)}" cy="${at(f.y)}" r="${at(u * (0.12 + 0.075 * i))}" fill="none" stroke="${k.light}" stroke-width="${at(u * 0.0022)}" opacity=".35" stroke-dasharray="${i % 2 ? `${at(u * 0.008)} ${at(u * 0.012)}` : "none"}"/>`,
      ),
      line(points.map((p, i) => `${i ? "L" : "M"}${at(p.x)} ${at(p.y)}`).join(""), k.light, u * 0.004, 'opacity=".8"'),
      points
        .map((p, i) => circle(p.x, p.y, u * 0.05, "url(#halo)") + circle(p.x, p.y, u * (i % 3 ? 0.008 : 0.015), "#fff"))
        .join(""),
      ridge(c, h * 0.82, u * 0.06, 0.5, k.ground[1]),
      wheel(f.x - u * 0.25, h * 0.86, u * 0.2, 12, k.light),
      wheel(f.x + u * 0.09, h * 0.92, u * 0.15, 9, k.accent),
      wheel(f.x + u * 0.34, h * 0.86, u * 0.11, 8, k.ground[0]),
      ridge(c, h * 0.97, u * between(random, 0.02, 0.03), 0, k.ink),
    ].join("");
  },

  // The sea stands up; a rocket leaves.
  f15(c) {
    const { colours: k, height: h, width: w, unit: u, focus: f } = c;
    const wave = (y: number, s: number, fill: string) =>
      path(
        `M0 ${h}V${at(y + s * 0.7)}C${at(f.x - s * 1.4)} ${at(y + s * 0.6)} ${at(f.x - s * 1.1)} ${at(y - s)} ${at(f.x + s * 0.1)} ${at(y - s)}C${at(f.x + s * 0.8)} ${at(y - s)} ${at(f.x + s * 1.0)} ${at(y - s * 0.3)} ${at(f.x + s * 0.72)} ${at(y - s * 0.05)}C${at(f.x + s * 0.7)} ${at(y - s * 0.5)} ${at(f.x + s * 0.1)} ${at(y - s * 0.55)} ${at(f.x - s * 0.02)} ${at(y)}C${at(f.x - s * 0.1)} ${at(y + s * 0.5)} ${at(f.x + s * 0.5)} ${at(y + s * 0.72)} ${w} ${at(y + s * 0.6)}V${h}Z`,
        fill,
      );
    return [
      stars(c, 150, 0.7),
      circle(f.x + u * 0.28, h * 0.16, u * 0.12, k.accent),
      circle(f.x + u * 0.24, h * 0.145, u * 0.12, k.sky[0], 'opacity=".7"'),
      path(
        `M${at(f.x + u * 0.24)} ${at(h * 0.78)}Q${at(f.x + u * 0.2)} ${at(h * 0.5)} ${at(f.x - u * 0.02)} ${at(h * 0.2)}Q${at(f.x + u * 0.26)} ${at(h * 0.5)} ${at(f.x + u * 0.29)} ${at(h * 0.78)}Z`,
        k.light,
        'opacity=".65"',
      ),
      place(
        f.x - u * 0.03,
        h * 0.19,
        u / 100,
        `<g transform="rotate(-34)">${path("M0 -9Q5 -3 4 6H-4Q-5 -3 0 -9Z", "#fff")}${path("M-4 1l-4 6h4zM4 1l4 6h-4z", k.accent)}${circle(0, -1.5, 1.5, k.ground[2])}${path("M-2.4 6.5h4.8l-2.4 8z", k.light)}</g>`,
      ),
      wave(h * 0.66, u * 0.36, k.ground[0]),
      wave(h * 0.76, u * 0.33, k.ground[1]),
      wave(h * 0.88, u * 0.28, k.ground[2]),
      times(16, (i) =>
        circle(
          f.x + u * 0.28 * Math.cos(i * 0.5) - u * 0.02,
          h * 0.66 - u * (0.3 + 0.08 * Math.sin(i * 1.7)),
          u * 0.008 * (1 + (i % 3)),
          "#fff",
          'opacity=".8"',
        ),
      ),
      ridge(c, h * 0.96, u * 0.04, 0, k.ink),
    ].join("");
  },
};
