import type { Browser, Page } from "playwright";

/** To so small a part the processor of a page is throttled: a phone of some years ago. */
export const THROTTLE = 4;

/** Uses a page of a browser profile of its own, which has nothing of an earlier one. */
export async function asVisitor<T>(browser: Browser, use: (page: Page) => Promise<T>): Promise<T> {
  const context = await browser.newContext();
  try {
    const page = await context.newPage();
    const cdp = await context.newCDPSession(page);
    await cdp.send("Emulation.setCPUThrottlingRate", { rate: THROTTLE });
    return await use(page);
  } finally {
    await context.close();
  }
}
