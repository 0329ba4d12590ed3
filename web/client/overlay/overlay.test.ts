import { afterEach, expect, test, vi } from "vitest";
import { page, userEvent } from "vitest/browser";
import { type Client, createClient } from "../client.ts";
import { createClient as createDevelopmentClient } from "../development/client.ts";
import { type Deployed, fruitModel } from "../testing/deployed.ts";
import { Edge } from "../testing/edge.ts";
import { fruits } from "../testing/models.ts";
import { overlay } from "./overlay.ts";

/** The overlay over a page with the real client and a real edge. */

let client: Client | undefined;
let end: (() => void) | undefined;
afterEach(async () => {
  end?.();
  await client?.close();
  for (const one of document.querySelectorAll("edgewise-overlay")) one.remove();
  sessionStorage.clear();
  localStorage.clear();
  history.replaceState(null, "", location.pathname);
  vi.restoreAllMocks();
});

async function begin(): Promise<{ model: Deployed; client: Client }> {
  const [model, edge] = await Promise.all([fruitModel("banana"), Edge.start()]);
  client = createClient({ endpoint: edge.endpoint, timeout: 20_000 });
  end = overlay(client);
  await vi.waitUntil(() => document.querySelector("edgewise-overlay"));
  return { model, client };
}
const root = () => document.querySelector("edgewise-overlay")!.shadowRoot!;
const text = (selector: string) => root().querySelector(selector)?.textContent?.replaceAll(/\s+/g, " ").trim() ?? "";
const toggle = () => root().querySelector<HTMLElement>(".toggle")!;
const choose = (name: string, id: string) => {
  const select = root().querySelector<HTMLSelectElement>(`[data-model="${name}"] select`)!;
  select.selectedIndex = [...select.options].findIndex((option) => option.textContent === id);
  select.dispatchEvent(new Event("change"));
};

test("says what was chosen with which probability, which features made the scores, and how the page is off", async () => {
  const { model, client } = await begin();
  expect(root().querySelector("details")).toBeNull();
  client.track("bite", { kind: "apple" });
  const decision = await client.rank(model.name, fruits, { context: { season: "autumn" } });
  toggle().click();
  await expect.poll(() => text("[data-call='1'] > summary")).toContain(`banana ${model.name}, rank`);
  expect(text("[data-call='1'] [data-fact='by']")).toBe(`${decision.model}, native`);
  expect(text("[data-action='banana'] .number")).toBe("100 %");
  await expect.poll(() => text("[data-action='banana'] .reasons")).toMatch(/action\.kind = banana ?\+/);
  expect(text("[data-action='banana'] .reasons")).toContain("×");
  expect(text("[data-fact='storage']")).toBe("in this browser");
  await client.flush();
  await expect.poll(() => text("[data-fact='outbox']")).toBe("empty");
  expect(text("[data-fact='edge']")).toBe("answers");
  expect(text(`[data-model='${model.name}'] code`)).toBe(decision.model);
  expect((await model.decisions()).map(({ id }) => id)).toEqual([decision.id]);
});

test("a choice is forced, also of slots and at the next page, and nothing of it is logged", async () => {
  const { model, client } = await begin();
  const decision = await client.rank(model.name, fruits);
  toggle().click();
  await expect.poll(() => root().querySelector("select")).not.toBeNull();
  choose(model.name, "cherry");
  const forced = [
    await client.rank(model.name, fruits, { sticky: "session", explain: 2 }),
    client.rankSync(model.name, fruits, { slots: 2 }),
    client.peek(model.name, fruits),
  ];
  expect(forced.map(({ chosen, ranking }) => [chosen, ranking[0]!.id])).toEqual(Array(3).fill(["cherry", "cherry"]));
  expect(forced[1]!.slots!.map(({ chosen }) => chosen)).toEqual(["cherry", "banana"]);
  for (const one of forced) {
    await one.reward(1, { final: true });
    await one.shown();
    await client.reward(one.id, 1);
  }
  await forced[1]!.slots![1]!.reward(1);
  // Of other actions nothing is forced.
  expect((await client.rank(model.name, fruits.slice(0, 2))).chosen).toBe("banana");
  await client.flush();
  expect(client.status()).toMatchObject({ pending: 0, lost: 0 });
  expect(await model.feedback()).toEqual([]);
  const logged = await model.decisions();
  expect(logged).toHaveLength(2);
  expect(logged[0]!.id).toBe(decision.id);
  await expect.poll(() => text(".toggle")).toBe("Edgewise, forced");
  end!();
  await client.close();
  const next = await begin();
  expect(await next.client.rank(model.name, fruits)).toMatchObject({ chosen: "cherry", model: decision.model });
});

test("it is used by the keyboard: opened, left by Escape, and the focus is where it was", async () => {
  const { model, client } = await begin();
  await client.rank(model.name, fruits);
  toggle().focus();
  await userEvent.keyboard("{Enter}");
  expect(root().activeElement?.textContent).toBe("Close");
  expect(toggle().getAttribute("aria-expanded")).toBe("true");
  await userEvent.keyboard("{Tab}");
  expect(root().activeElement?.tagName).toBe("SELECT");
  await userEvent.keyboard("{Escape}");
  expect(root().activeElement).toBe(toggle());
  expect(root().querySelector<HTMLElement>(".panel")!.hidden).toBe(true);
});

test("while a page is developed, ?edgewise in its address shows it", async () => {
  vi.spyOn(console, "warn").mockImplementation(() => {});
  const [model, edge] = await Promise.all([fruitModel("banana"), Edge.start()]);
  history.replaceState(null, "", "?edgewise");
  client = createDevelopmentClient({ endpoint: edge.endpoint, timeout: 20_000 });
  await client.rank(model.name, fruits);
  await expect.poll(() => document.querySelector("edgewise-overlay")).not.toBeNull();
  toggle().click();
  await expect.poll(() => text("[data-call='1'] > summary")).toContain("banana");
});

test.each([360, 1440])("it stays within a window of %d px", async (width) => {
  await page.viewport(width, 640);
  const { model, client } = await begin();
  await client.rank(model.name, fruits, { context: { season: "autumn" } });
  toggle().click();
  await expect.poll(() => text("[data-action='banana'] .reasons")).toContain("action.kind");
  for (const one of root().querySelectorAll("details")) one.open = true;
  const { left, right, top, bottom } = root().querySelector(".panel")!.getBoundingClientRect();
  expect({ left: left >= 0, right: right <= width, top: top >= 0, bottom: bottom <= 640 }).toEqual({
    ...{ left: true, right: true, top: true, bottom: true },
  });
  const panel = root().querySelector(".panel")!;
  expect(panel.scrollWidth).toBe(panel.clientWidth);
});
