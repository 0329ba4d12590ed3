import type { Client, ClientOptions } from "../client.ts";
import type { PageApi } from "./page.ts";

/** The page's own window, with what browsers have there. */
export type Inside = typeof globalThis & Window;

/**
 * Pages of one tab and browser, each in a frame of its own: with a client, and ended when a test says so. They share storage and locks, as pages do.
 */
export class Page {
  readonly client: Client;
  readonly #frame: HTMLIFrameElement;

  private constructor(frame: HTMLIFrameElement, client: Client) {
    this.#frame = frame;
    this.client = client;
  }

  /**
   * @param before what is done to the page before its scripts run, such as a fault of its browser.
   * @param options.scorers whether it has all policies and heads from the beginning (`import "edgewise/scorers"`).
   */
  static async open(
    options: ClientOptions,
    before: (inside: Inside) => void = () => {},
    { scorers = false }: { scorers?: boolean } = {},
  ): Promise<Page> {
    const frame = document.createElement("iframe");
    // With an address of its own: workers are found by it.
    frame.src = new URL("./blank.html", import.meta.url).href;
    const loaded = new Promise((resolve) => frame.addEventListener("load", resolve, { once: true }));
    document.body.append(frame);
    await loaded;
    const script = new URL("./page.ts", import.meta.url).href;
    const inside = frame.contentWindow as Window & { imported?: Promise<{ pageApi: PageApi }> } & Record<
        string,
        unknown
      >;
    // Modules that Vitest serves call it by this name.
    for (const name of ["__vitest_browser_runner__", "__vitest_mocker__"])
      inside[name] = (globalThis as Record<string, unknown>)[name];
    // What it warns of is seen, and a test may look for it.
    inside.console = console;
    before(inside as unknown as Inside);
    const element = inside.document.createElement("script");
    const others = scorers ? [new URL("../other-scorers.ts", import.meta.url).href] : [];
    const imports = [script, ...others].map((url) => `import(${JSON.stringify(url)})`);
    element.textContent = `window.imported = Promise.all([${imports}]).then(([first]) => first);`;
    inside.document.body.append(element);
    const { pageApi } = await inside.imported!;
    return new Page(frame, pageApi.createClient(options));
  }

  get inside(): Inside {
    return this.#frame.contentWindow as unknown as Inside;
  }

  /** The page is gone, as with its tab: it hears of it. */
  leave(): void {
    this.#frame.remove();
  }

  /** The page is gone without a good-bye, as with its process. */
  crash(): void {
    const inside = this.#frame.contentWindow;
    for (const type of ["pagehide", "visibilitychange"])
      inside?.addEventListener(type, (event) => event.stopImmediatePropagation(), { capture: true });
    // Timers of a frame that is gone may still run, and find nothing.
    if (inside) Object.assign(inside, { console: { ...console, warn: () => {} } });
    this.#frame.remove();
  }
}
