import { afterEach, expect, test } from "vitest";
import { watchElement } from "./watch.ts";

afterEach(() => document.body.replaceChildren());

const frame = () => new Promise((resolve) => requestAnimationFrame(resolve));

/** @returns how many windows an element of so many windows had come in when it counted as seen; undefined: it did not, until all of the window was of it. */
async function seenAt(size: number, way: "top" | "left"): Promise<number | undefined> {
  const [before, element, line] = Array.from({ length: 3 }, () => document.createElement("div"));
  const along = way === "top" ? "height" : "width";
  const unit = way === "top" ? "vh" : "vw";
  const across = way === "top" ? "width:100vw" : "height:100px";
  before!.setAttribute("style", `flex:none;${along}:100${unit};${across}`);
  element!.setAttribute("style", `flex:none;${along}:${size * 100}${unit};${across}`);
  line!.setAttribute("style", `display:flex;flex-direction:${way === "top" ? "column" : "row"}`);
  line!.append(before!, element!);
  document.body.style.margin = "0";
  document.body.append(line!);
  scrollTo(0, 0);
  await frame();
  let isSeen = false;
  const end = watchElement(element!, () => {
    isSeen = true;
  });
  const steps = 50;
  const last = Math.min(size, 1) * steps;
  for (let i = 0; i <= last && !isSeen; i++) {
    scrollTo({ [way]: ((way === "top" ? innerHeight : innerWidth) * i) / steps, behavior: "instant" });
    await frame();
    await frame();
  }
  end();
  const { scrollX, scrollY } = window;
  return isSeen ? (way === "top" ? scrollY / innerHeight : scrollX / innerWidth) : undefined;
}

test.each([0.5, 1, 1.9, 3, 4.5, 5, 7, 11, 40, 300])(
  "an element of %s windows is seen when half of it, or of the window, is",
  async (size) => {
    const half = Math.min(size, 1) / 2;
    for (const way of ["top", "left"] as const) {
      const at = await seenAt(size, way);
      expect(at, way).toBeGreaterThanOrEqual(half - 0.03);
      expect(at, way).toBeLessThan(half * 1.3 + 0.05);
      document.body.replaceChildren();
    }
  },
);

test("an element of no size is seen where it stands", async () => {
  const mark = document.createElement("span");
  document.body.append(mark);
  scrollTo(0, 0);
  await new Promise<void>((resolve) => watchElement(mark, resolve));
});
