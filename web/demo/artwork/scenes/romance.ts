import {
  at,
  between,
  circle,
  figure,
  glitter,
  glow,
  line,
  mist,
  path,
  place,
  rect,
  ridge,
  type Scene,
  stars,
  times,
} from "../canvas.ts";

/** By film. */
export const romance: Record<string, Scene> = {
  f17(c) {
    const { colours: k, width: w, height: h, unit: u, focus: f, random } = c;
    const r = u * between(random, 0.22, 0.27);
    const apart = r * between(random, 0.5, 0.68);
    return [
      times(22, () => {
        const s = u * between(random, 0.015, 0.075);
        return circle(
          random() * w,
          random() * h * 0.85,
          s,
          random() < 0.5 ? k.light : k.accent,
          `opacity="${at(between(random, 0.1, 0.3))}"`,
        );
      }),
      circle(f.x, f.y, r * 3, "url(#halo)", 'opacity=".6"'),
      circle(f.x - apart, f.y, r, k.light, 'opacity=".88"'),
      circle(f.x + apart, f.y, r, k.accent, 'opacity=".82" style="mix-blend-mode:multiply"'),
      // Two figures under one umbrella.
      ridge(c, h * 0.84, u * 0.03, 0, k.ground[2]),
      ((x: number, y: number, s: number) =>
        path(
          `M${at(x - s * 1.5)} ${at(y - s * 3.1)}a${at(s * 1.5)} ${at(s * 1.2)} 0 0 1 ${at(s * 3)} 0q${at(-s * 0.5)} ${at(-s * 0.3)} ${at(-s)} 0q${at(-s * 0.5)} ${at(-s * 0.3)} ${at(-s)} 0q${at(-s * 0.5)} ${at(-s * 0.3)} ${at(-s)} 0z`,
          k.ink,
        ) +
        line(`M${at(x)} ${at(y - s * 4.3)}V${at(y - s * 1.6)}`, k.ink, s * 0.1) +
        times(2, (i) => {
          const px = x + s * (i ? 0.52 : -0.52);
          return (
            circle(px, y - s * (i ? 2.35 : 2.6), s * 0.34, k.ink) +
            path(
              `M${at(px - s * 0.5)} ${at(y)}c0 ${at(-s * (i ? 2.2 : 2.5))} ${at(s)} ${at(-s * (i ? 2.2 : 2.5))} ${at(s)} 0z`,
              k.ink,
            )
          );
        }))(f.x, h * 0.845, u * 0.058),
      rect(0, h * 0.845, w, h * 0.16, "url(#water)", 'opacity=".5"'),
      times(70, () => {
        const x = random() * w;
        const y = random() * h;
        return line(
          `M${at(x)} ${at(y)}l${at(-u * 0.006)} ${at(u * between(random, 0.02, 0.05))}`,
          "#fff",
          u * 0.0018,
          'opacity=".25"',
        );
      }),
    ].join("");
  },

  // A street of lamps; the last is being lit.
  f16(c) {
    const { colours: k, height: h, width: w, unit: u, focus: f } = c;
    const ground = h * 0.78;
    const lamp = (x: number, s: number) =>
      circle(x, ground - s * 0.98, s * 0.55, "url(#halo)", 'opacity=".85"') +
      line(`M${at(x)} ${at(ground + s * 0.1)}V${at(ground - s * 0.85)}`, k.ink, s * 0.05) +
      path(
        `M${at(x - s * 0.09)} ${at(ground - s * 0.85)}h${at(s * 0.18)}l${at(s * 0.05)} ${at(-s * 0.24)}h${at(-s * 0.28)}z`,
        k.light,
      ) +
      path(`M${at(x - s * 0.17)} ${at(ground - s * 1.09)}h${at(s * 0.34)}l${at(-s * 0.17)} ${at(-s * 0.13)}z`, k.ink);
    return [
      stars(c, 60, 0.5),
      ridge(c, ground - u * 0.16, u * 0.08, 0.6, k.ground[1], 'opacity=".6"'),
      mist(c, ground - u * 0.08, u * 0.3, 0.5),
      rect(0, ground, w, h - ground, k.ground[3]),
      rect(0, ground, w, h - ground, "url(#water)", 'opacity=".35"'),
      times(5, (i) => lamp(f.x + u * (0.42 - 0.13 * i), u * (0.2 + 0.055 * i))),
      lamp(f.x - u * 0.3, u * 0.56),
      figure(f.x - u * 0.17, ground + u * 0.05, u * 0.2, k.ink),
      line(
        `M${at(f.x - u * 0.16)} ${at(ground - u * 0.08)}L${at(f.x - u * 0.27)} ${at(ground - u * 0.46)}`,
        k.ink,
        u * 0.006,
      ),
      figure(f.x + u * 0.12, ground + u * 0.03, u * 0.16, k.ink),
      path(
        `M${at(f.x + u * 0.08)} ${at(ground + u * 0.03)}q${at(u * 0.04)} ${at(-u * 0.14)} ${at(u * 0.08)} 0z`,
        k.accent,
      ),
      glitter(c, f.x - u * 0.3, ground + u * 0.03),
    ].join("");
  },

  // Another city than the one on the ticket.
  f18(c) {
    const { colours: k, height: h, width: w, unit: u, focus: f, random } = c;
    const hill = (y: number, rise: number, fill: string) =>
      times(Math.ceil(w / (u * 0.075)) + 1, (i) => {
        const x = i * u * 0.075 - u * 0.04;
        const top = y - rise * Math.sin((x / w) * Math.PI) - u * between(random, 0.0, 0.06);
        return `${rect(x, top, u * 0.076, h - top, fill)}${path(`M${at(x - u * 0.006)} ${at(top)}l${at(u * 0.044)} ${at(-u * 0.032)}l${at(u * 0.044)} ${at(u * 0.032)}z`, i % 3 ? k.accent : k.ground[1])}${rect(x + u * 0.02, top + u * 0.024, u * 0.014, u * 0.022, random() < 0.6 ? k.light : k.ground[3])}${rect(x + u * 0.046, top + u * 0.024, u * 0.014, u * 0.022, random() < 0.6 ? k.light : k.ground[3])}`;
      });
    return [
      glow(c, f.x - u * 0.06, f.y + u * 0.16, u * 0.17, 3.4, 0.85),
      line(
        `M${at(f.x - u * 0.5)} ${at(f.y + u * 0.12)}Q${at(f.x - u * 0.1)} ${at(f.y + u * 0.04)} ${at(f.x + u * 0.2)} ${at(f.y - u * 0.2)}`,
        "#fff",
        u * 0.006,
        `opacity=".7" stroke-dasharray="${at(u * 0.02)} ${at(u * 0.018)}"`,
      ),
      place(
        f.x + u * 0.23,
        f.y - u * 0.23,
        u / 130,
        `<g transform="rotate(-38)">${path("M-14 -1.6H10Q14 0 10 1.6H-14Z", "#fff")}${path("M0 -1L-6 -11H-2L6 -1ZM0 1L-6 11H-2L6 1Z", "#fff")}${path("M-13 -1l-3 -5h3l4 5z", k.accent)}</g>`,
      ),
      hill(h * 0.7, u * 0.1, k.ground[0]),
      hill(h * 0.79, u * 0.06, k.ground[1]),
      hill(h * 0.88, u * 0.03, k.ground[2]),
      place(
        f.x,
        h * 0.94,
        u / 100,
        `${rect(-16, -16, 32, 14, k.light, 'rx="2.5"')}${rect(-16, -8, 32, 2, k.accent)}${times(5, (i) => rect(-13.4 + i * 5.6, -13.6, 4.2, 4.6, k.ground[3], 'rx=".6"'))}${circle(-9, -1.4, 2.4, k.ink)}${circle(9, -1.4, 2.4, k.ink)}${line("M0 -16L6 -23M-90 -23H90", k.ink, 0.7)}`,
      ),
      rect(0, h * 0.945, w, h, k.ink),
    ].join("");
  },
};
