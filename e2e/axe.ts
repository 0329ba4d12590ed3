import axe from "axe-core";
import type { Page } from "playwright";

/** A phone and a desk, in px. */
const widths = [360, 1440];

/**
 * What axe finds wrong with a page as it is, at each width and in each of light and dark.
 * @returns a line each; none when all is well.
 * @example expect(await accessibilityProblems(page)).toEqual([]);
 */
export async function accessibilityProblems(page: Page): Promise<string[]> {
  // What moves is looked at when it has come to rest.
  await page.emulateMedia({ reducedMotion: "reduce" });
  await page.evaluate(axe.source);
  const problems: string[] = [];
  for (const width of widths)
    for (const colorScheme of ["light", "dark"] as const) {
      await page.setViewportSize({ width, height: 900 });
      await page.emulateMedia({ colorScheme });
      const { violations } = await page.evaluate(() => (globalThis as unknown as { axe: typeof axe }).axe.run());
      for (const { id, help, nodes } of violations)
        for (const { target, failureSummary } of nodes)
          problems.push(`${width} px, ${colorScheme}: ${id} (${help}): ${target.join(" ")}: ${failureSummary}`);
    }
  return problems;
}
