import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { afterAll, beforeAll, expect, test, vi } from "vitest";
import { unstable_readConfig } from "wrangler";
import { initCommand } from "./init.ts";

const root = resolve(import.meta.dirname, "../..");
const folder = mkdtempSync(join(tmpdir(), "edgewise-init-"));
const before = process.cwd();
const said: string[] = [];

beforeAll(() => {
  process.chdir(folder);
  vi.spyOn(console, "log").mockImplementation((line) => said.push(line));
});
afterAll(() => {
  process.chdir(before);
  vi.restoreAllMocks();
  rmSync(folder, { recursive: true });
});

test("a project has its name throughout, and its maker hears what is next", async () => {
  await initCommand(["my-shop"]);
  const files = readdirSync("my-shop", { recursive: true, encoding: "utf8" });
  expect(files).toEqual(
    expect.arrayContaining([
      "models/my-shop.ts",
      ".gitignore",
      "src/offers.test.ts",
      "wrangler.toml",
      "README.md",
      "package.json",
    ]),
  );
  const text = (file: string) => readFileSync(join("my-shop", file), "utf8");
  expect(text("models/my-shop.ts")).toContain('name: "my-shop"');
  expect(JSON.parse(text("package.json"))).toMatchObject({ name: "my-shop", dependencies: { edgewise: "^0.1.0" } });
  for (const file of files.filter((one) => /\.\w+$/.test(one)))
    expect(file + text(file), file).not.toContain("my-project");
  expect(said.join("\n")).toContain("cd my-shop\n  npm install\n  npm run dev");
});

test("its Worker is bound as the product's own", () => {
  const own = unstable_readConfig({ config: join(root, "wrangler.toml") });
  const made = unstable_readConfig({ config: "my-shop/wrangler.toml" });
  expect(made.durable_objects).toEqual(own.durable_objects);
  expect(made.vars).toEqual(own.vars);
  expect(made.compatibility_date).toBe(own.compatibility_date);
  expect(made.compatibility_flags).toEqual(own.compatibility_flags);
  expect(made.observability).toEqual(own.observability);
  expect(made.triggers).toEqual(own.triggers);
  expect(made.assets).toMatchObject({ binding: own.assets!.binding, run_worker_first: own.assets!.run_worker_first });
  expect(made.r2_buckets).toEqual([{ binding: own.r2_buckets[0]!.binding, bucket_name: "my-shop-artifacts" }]);
  const classes = made.migrations.flatMap(({ new_sqlite_classes = [] }) => new_sqlite_classes);
  const bound: { class_name: string }[] = own.durable_objects.bindings;
  expect(classes.sort()).toEqual(bound.map(({ class_name }) => class_name).sort());
});

test("what cannot be a project is refused, and nothing is written", async () => {
  for (const name of ["My Shop", "../shop", "9lives", ""])
    await expect(initCommand([name]), name).rejects.toThrow("is no model's name");
  await expect(initCommand(["a".repeat(51)])).rejects.toThrow("at most 50 characters");
  await expect(initCommand(["vite"])).rejects.toThrow("another name");
  await expect(initCommand(["edgewise"])).rejects.toThrow("another name");
  await expect(initCommand([])).rejects.toThrow("Name the project");
  await expect(initCommand(["shop", "two"])).rejects.toThrow("no more");
  await expect(initCommand(["my-shop"])).rejects.toThrow("is not empty");
  writeFileSync("taken", "");
  await expect(initCommand(["taken"])).rejects.toThrow("is no folder");
  expect(readdirSync(".").sort()).toEqual(["my-shop", "taken"]);
  mkdirSync("empty");
  await initCommand(["empty"]);
  expect(readdirSync("empty")).toContain("wrangler.toml");
});
