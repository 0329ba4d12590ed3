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
  rain,
  rect,
  ridge,
  type Scene,
  stars,
  times,
} from "../canvas.ts";

/** By film. */
export const thriller: Record<string, Scene> = {
  f04(c) {
    const { colours: k, width: w, height: h, unit: u, focus: f, random } = c;
    const deck = h * between(random, 0.56, 0.62);
    const span = u * between(random, 0.2, 0.26);
    const start = -span * random();
    return [
      glow(c, f.x, f.y - u * 0.08, u * 0.05, 6, 0.6),
      times(7, (i) => {
        const spread = u * (0.16 + 0.1 * i) * (i % 2 ? 1 : -1);
        return path(
          `M${at(f.x)} ${at(f.y - u * 0.08)}L${at(f.x + spread * 2.4)} ${h}L${at(f.x + spread * 2.4 + u * 0.12)} ${h}Z`,
          k.light,
          'opacity=".05"',
        );
      }),
      ridge(c, deck + u * 0.1, u * 0.12, 0.5, k.ground[1], 'opacity=".8"'),
      mist(c, deck + u * 0.16, u * 0.3, 0.5),
      // A viaduct: the deck, and piers with arches between them.
      path(
        `M0 ${at(deck)}H${w}V${h}H0Z${times(Math.ceil(w / span) + 2, (i) => {
          const x = start + i * span;
          const half = span * 0.4;
          return `M${at(x - half)} ${h}V${at(deck + span * 0.62)}A${at(half)} ${at(half)} 0 0 1 ${at(x + half)} ${at(deck + span * 0.62)}V${h}Z`;
        })}`,
        k.ground[3],
        'fill-rule="evenodd"',
      ),
      rect(0, deck - u * 0.012, w, u * 0.02, k.ink),
      // The train, with one window that is not like the others.
      rect(f.x - u * 0.42, deck - u * 0.075, u * 0.84, u * 0.064, k.ink, `rx="${at(u * 0.014)}"`),
      times(13, (i) =>
        rect(
          f.x - u * 0.4 + i * u * 0.063,
          deck - u * 0.06,
          u * 0.036,
          u * 0.022,
          i === 8 ? k.accent : k.light,
          `opacity="${i === 8 ? 1 : at(between(random, 0.35, 0.95))}"`,
        ),
      ),
      circle(f.x + u * 0.122, deck - u * 0.05, u * 0.09, "url(#spark)", 'opacity=".9"'),
      times(60, () => {
        const x = random() * w * 1.2;
        const y = random() * h;
        const s = u * between(random, 0.02, 0.06);
        return line(`M${at(x)} ${at(y)}l${at(-s * 0.35)} ${at(s)}`, "#fff", u * 0.0016, 'opacity=".22"');
      }),
    ].join("");
  },

  // A stage: curtains, a spotlight, and a shadow that is not the actor's.
  f05({ colours: k, width: w, height: h, unit: u, focus: f }) {
    const floor = h * 0.72;
    const fold = u * 0.11;
    const gap = u * 0.36;
    const curtain = (edge: number, direction: 1 | -1) =>
      times(Math.ceil((direction > 0 ? w - edge : edge) / fold) + 1, (i) =>
        rect(
          direction > 0 ? edge + i * fold : edge - (i + 1) * fold,
          0,
          fold + 1,
          floor + u * 0.06,
          i % 2 ? "hsl(356 58% 17%)" : "hsl(356 62% 25%)",
        ),
      ) +
      times(Math.ceil((direction > 0 ? w - edge : edge) / fold) + 1, (i) =>
        rect(
          direction > 0 ? edge + i * fold : edge - (i + 1) * fold,
          0,
          fold * 0.35,
          floor + u * 0.06,
          "#000",
          'opacity=".28"',
        ),
      );
    return [
      rect(0, 0, w, h, k.ink, 'opacity=".55"'),
      path(
        `M${at(f.x - u * 0.03)} 0L${at(f.x - u * 0.3)} ${at(floor + u * 0.05)}H${at(f.x + u * 0.3)}L${at(f.x + u * 0.03)} 0Z`,
        k.light,
        'opacity=".2"',
      ),
      curtain(f.x + gap, 1),
      curtain(f.x - gap, -1),
      rect(0, floor, w, h - floor, k.ground[3]),
      `<ellipse cx="${at(f.x)}" cy="${at(floor + u * 0.06)}" rx="${at(u * 0.3)}" ry="${at(u * 0.055)}" fill="${k.light}" opacity=".85"/>`,
      path(
        `M${at(f.x)} ${at(floor + u * 0.06)}l${at(u * 0.13)} ${at(-u * 0.46)}q${at(u * 0.03)} ${at(-u * 0.09)} ${at(u * 0.09)} ${at(-u * 0.08)}q${at(u * 0.08)} ${at(u * 0.02)} ${at(u * 0.06)} ${at(u * 0.1)}l${at(u * 0.05)} ${at(u * 0.45)}z`,
        "#000",
        'opacity=".45"',
      ),
      figure(f.x - u * 0.02, floor + u * 0.07, u * 0.25, k.ink),
      rect(0, 0, w, u * 0.07, "hsl(356 62% 15%)"),
      times(Math.ceil(w / (u * 0.16)) + 1, (i) =>
        circle(i * u * 0.16, u * 0.06, u * 0.08, i % 2 ? "hsl(356 62% 15%)" : "hsl(356 60% 20%)"),
      ),
    ].join("");
  },

  // Ice, northern light, and one red lamp.
  f06(c) {
    const { colours: k, height: h, width: w, unit: u, focus: f, random } = c;
    return [
      stars(c, 130, 0.6),
      times(4, (i) => {
        const y = h * (0.16 + 0.07 * i);
        const d = Array.from(
          { length: 9 },
          (_, j) => `${j ? "L" : "M"}${at((j / 8) * w)} ${at(y + u * between(random, -0.07, 0.07))}`,
        ).join("");
        return line(
          d,
          i % 2 ? "hsl(168 70% 60%)" : "hsl(150 70% 55%)",
          u * 0.11,
          'opacity=".12" stroke-linejoin="round"',
        );
      }),
      ridge(c, h * 0.55, u * 0.2, 0.9, "hsl(206 30% 62%)", 'opacity=".5"'),
      ridge(c, h * 0.64, u * 0.16, 0.9, "hsl(208 34% 42%)"),
      ridge(c, h * 0.74, u * 0.06, 0.2, "hsl(206 36% 72%)"),
      place(
        f.x,
        h * 0.75,
        u / 100,
        `${path("M-9 0v-8l9-5 9 5v8z", k.ink)}${rect(-5, -6, 4, 3.4, k.light)}${line("M7 -9v-12", k.ink, 0.8)}`,
      ),
      circle(f.x + u * 0.07, h * 0.75 - u * 0.215, u * 0.13, "url(#spark)"),
      circle(f.x + u * 0.07, h * 0.75 - u * 0.215, u * 0.014, k.accent),
      times(
        9,
        (i) =>
          `<ellipse cx="${at(f.x - u * (0.13 + 0.05 * i))}" cy="${at(h * 0.79 + u * 0.022 * i)}" rx="${at(u * (0.006 + 0.0012 * i))}" ry="${at(u * (0.003 + 0.0008 * i))}" fill="${k.ground[1]}"/>`,
      ),
      ridge(c, h * 0.93, u * 0.05, 0.2, "hsl(208 34% 24%)"),
      times(90, () => circle(random() * w, random() * h, u * between(random, 0.001, 0.0045), "#fff", 'opacity=".6"')),
    ].join("");
  },

  // A ferry that does not stop.
  f07(c) {
    const { colours: k, height: h, width: w, unit: u, focus: f, random } = c;
    const sea = h * 0.62;
    return [
      glow(c, f.x + u * 0.26, f.y - u * 0.12, u * 0.055, 5, 0.6),
      ridge(c, sea - u * 0.02, u * 0.1, 0.5, k.ground[1], 'opacity=".7"'),
      mist(c, sea - u * 0.02, u * 0.25, 0.5),
      rect(0, sea, w, h - sea, k.ground[2]),
      rect(0, sea, w, h - sea, "url(#water)", 'opacity=".45"'),
      glitter(c, f.x + u * 0.26, sea),
      place(
        f.x,
        sea + u * 0.06,
        u / 100,
        `${path("M-42 -9H44L36 4H-36Z", k.ink)}${rect(-32, -18, 58, 9, k.ground[3])}${rect(-24, -26, 34, 8, k.ink)}${path("M-10 -26l2 -12h9l2 12z", k.accent)}${rect(-9, -35, 11, 2.4, k.ink)}${times(12, (i) => rect(-29 + i * 4.4, -15.5, 2.6, 3.6, i === 7 ? k.accent : k.light, `opacity="${at(between(random, 0.5, 1))}"`))}${times(6, (i) => rect(-21 + i * 5, -24, 3, 3.4, k.light, 'opacity=".8"'))}`,
      ),
      times(6, (i) =>
        circle(
          f.x - u * (0.06 + 0.05 * i),
          sea - u * (0.34 + 0.03 * i),
          u * (0.03 + 0.014 * i),
          k.ground[0],
          `opacity="${at(0.4 - 0.05 * i)}"`,
        ),
      ),
      times(14, () =>
        line(
          `M${at(random() * w)} ${at(between(random, sea + u * 0.1, h))}q${at(u * 0.05)} ${at(-u * 0.03)} ${at(u * 0.1)} 0`,
          "#fff",
          u * 0.003,
          'opacity=".25"',
        ),
      ),
      rain(c, 60),
    ].join("");
  },
};
