import { afterEach, expect, test } from "vitest";
import { fruitModel } from "./testing/deployed.ts";
import { Edge } from "./testing/edge.ts";
import { fruits } from "./testing/models.ts";
import { Page } from "./testing/pages.ts";

afterEach(() => {
  sessionStorage.clear();
  localStorage.clear();
});

test("a browser that has an artifact asks the edge for it no more, also when the site's own storage is gone", async () => {
  const [model, edge] = await Promise.all([fruitModel("banana"), Edge.start()]);
  const { snapshot } = await model.manifest();
  const asked = async () => (await edge.seen()).requests.filter((one) => one === `GET ${snapshot.url}`).length;
  for (let visit = 0; visit < 3; visit++) {
    const page = await Page.open({ endpoint: edge.endpoint, timeout: 20_000 });
    const { chosen, reason } = await page.client.rank(model.name, fruits);
    expect([chosen, reason]).toEqual(["banana", undefined]);
    await page.client.forget();
    await page.client.close();
    page.leave();
    localStorage.clear();
    await new Promise((done, failed) => {
      const request = indexedDB.deleteDatabase(`edgewise ${edge.endpoint}`);
      request.onsuccess = done;
      request.onerror = failed;
    });
  }
  expect(await asked()).toBe(1);
});
