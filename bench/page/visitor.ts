import type { Browser, Page } from "playwright";

/** To so small a part the processor of a page is throttled: a phone of some years ago. */
export const THROTTLE = 4;

/** What a visitor has in his hands, CSS pixels. */
export type Device = { width: number; height: number; throttle: number };
const DESKTOP = { width: 1280, height: 720, throttle: THROTTLE };

/** Uses a page of a browser profile of its own, which has nothing of an earlier one. */
export async function asVisitor<T>(
  browser: Browser,
  use: (page: Page) => Promise<T>,
  { width, height, throttle }: Device = DESKTOP,
): Promise<T> {
  const context = await browser.newContext({ viewport: { width, height } });
  try {
    const page = await context.newPage();
    const cdp = await context.newCDPSession(page);
    await cdp.send("Emulation.setCPUThrottlingRate", { rate: throttle });
    return await use(page);
  } finally {
    await context.close();
  }
}
