import { type Browser, chromium } from "playwright";
import { afterAll, beforeAll, expect, test } from "vitest";
import { chromiumArgs, chromiumPath } from "../scripts/chromium.ts";
import { accessibilityProblems } from "./axe.ts";
import { DemoPage } from "./demo-page.ts";
import { Server } from "./server.ts";

/** The demo and the console, as axe sees them on a phone and a desk, light and dark. */

let server: Server;
let browser: Browser;

beforeAll(async () => {
  server = await Server.create();
  await server.start();
  browser = await chromium.launch({ executablePath: chromiumPath(), args: chromiumArgs });
});
afterAll(async () => {
  await browser?.close();
  await server?.remove();
});

test("the demo, also with its panel and a film open", async () => {
  const demo = await DemoPage.open(browser, server.url);
  const { page } = demo;
  expect(await accessibilityProblems(page)).toEqual([]);
  const toggle = page.locator(".panel-toggle");
  if ((await toggle.getAttribute("aria-expanded")) === "false") await toggle.click();
  expect(await accessibilityProblems(page)).toEqual([]);
  await page.locator("[data-hero]").click();
  await page.locator("dialog[open]").waitFor();
  expect(await accessibilityProblems(page)).toEqual([]);
  await demo.close();
});

test("the console, with its versions and changes", async () => {
  const page = await browser.newPage();
  await page.goto(`${server.url}/console/`);
  await page.locator("[data-model='home-hero']").waitFor();
  await page.locator("summary", { hasText: "Changes" }).first().click();
  expect(await accessibilityProblems(page)).toEqual([]);
  await page.close();
});
