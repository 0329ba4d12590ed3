import type { Browser, BrowserContext, Page } from "playwright";
import { until } from "./until.ts";

/** A visitor's browser with the demo open, driven as a person would: by what is on the page. */
export class DemoPage {
  readonly page: Page;
  readonly #context: BrowserContext;

  private constructor(context: BrowserContext, page: Page) {
    this.#context = context;
    this.page = page;
  }

  /** Opens the demo and waits for its first decision. */
  static async open(browser: Browser, url: string): Promise<DemoPage> {
    const context = await browser.newContext({ reducedMotion: "reduce", viewport: { width: 1400, height: 900 } });
    const page = await context.newPage();
    const demo = new DemoPage(context, page);
    await page.goto(url);
    await page.locator('.hero[aria-busy="false"]').waitFor();
    return demo;
  }

  async fact(name: string): Promise<string> {
    return (await this.page.locator(`[data-fact="${name}"]`).textContent()) ?? "";
  }

  /** Probabilities that the panel lists for the last decision. */
  probabilities(): Promise<string[]> {
    return this.page.locator(".bars .bar-value").allInnerTexts();
  }

  hero(): Promise<string> {
    return this.page.locator("[data-hero]").getAttribute("data-hero") as Promise<string>;
  }

  /** Watches the film, and comes back: a click on the choice and then a new decision. */
  async watch(): Promise<void> {
    await this.#nextDecision(async () => {
      await this.page.locator("[data-hero]").click();
      await this.page.locator("dialog[open]").waitFor();
      await this.page.keyboard.press("Escape");
    });
  }

  /** Asks for something else: no click, and a new decision. */
  async skip(): Promise<void> {
    await this.#nextDecision(() => this.page.locator(".hero .secondary").click());
  }

  /** Ids of what waits in the page's outbox. */
  async outbox(): Promise<{ kind: "decision" | "feedback"; id: string }[]> {
    return await this.page.evaluate(async () => {
      const result = <T>(request: IDBRequest<T>) =>
        new Promise<T>((resolve, reject) => {
          request.onsuccess = () => resolve(request.result);
          request.onerror = () => reject(request.error);
        });
      const items: { kind: "decision" | "feedback"; id: string }[] = [];
      for (const { name } of await indexedDB.databases()) {
        const database = await result(indexedDB.open(name!));
        if (database.objectStoreNames.contains("outbox"))
          for (const { kind, id } of await result(database.transaction("outbox").objectStore("outbox").getAll()))
            items.push({ kind, id });
        database.close();
      }
      return items;
    });
  }

  close(): Promise<void> {
    return this.#context.close();
  }

  /** The page says how long each decision took; that, with the rest of the panel, changes with every decision. */
  async #nextDecision(act: () => Promise<void>): Promise<void> {
    const panel = () => this.page.locator('section[aria-labelledby="panel-decision"]').textContent();
    const before = await panel();
    await act();
    await until("the page's next decision", async () => ((await panel()) === before ? null : true));
  }
}
