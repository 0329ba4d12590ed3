import { execFile } from "node:child_process";
import { globSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { promisify } from "node:util";
import { expect, test } from "vitest";

/** What the docs tell an operator to type. */

const root = join(import.meta.dirname, "..");
const read = (path: string) => readFileSync(join(root, path), "utf8");
/** The design tells of commands that are still to come. */
const texts = ["README.md", ...globSync("docs/*.md", { cwd: root }).filter((path) => !path.endsWith("design.md"))];
const help = async (...args: string[]): Promise<string> =>
  (await promisify(execFile)(process.execPath, [join(root, "cli/start.js"), ...args, "--help"])).stdout;

/** The values of `name = "..."` in a TOML text. */
const quoted = (text: string, name: string): string[] =>
  [...text.matchAll(new RegExp(`^\\s*${name} = "([^"]*)"`, "gm"))].map(([, value]) => value!);

test("every command of edgewise in the docs is one, with the options that it has", async () => {
  const commands = new Map<string, Set<string>>();
  for (const path of texts)
    for (const [, command, line] of read(path).matchAll(/npx edgewise ([a-z]+)\b([^`\n#|>]*)/g)) {
      const options = line!.match(/(?<=\s)--[a-z-]+/g) ?? [];
      commands.set(command!, new Set([...(commands.get(command!) ?? []), ...options]));
    }
  expect(commands.size).toBeGreaterThan(8);
  const known = [...(await help()).matchAll(/^ {2}([a-z]+) /gm)].map(([, command]) => command);
  const helps = [...commands].map(async ([command, options]) => {
    expect(known, `edgewise ${command}`).toContain(command);
    const said = await help(command);
    for (const option of options) if (option !== "--help") expect(said, `edgewise ${command}`).toContain(option);
  });
  await Promise.all(helps);
});

test("the staging environment of docs/deploy.md has all variables and bindings that wrangler.toml has", () => {
  const wrangler = read("wrangler.toml");
  const [, staging] = /```toml\n(\[env\.staging\][\s\S]*?)```/.exec(read("docs/deploy.md"))!;
  const [, vars] = /\[vars\]\n([\s\S]*?)\n\[\[/.exec(wrangler)!;
  const set = [...vars!.matchAll(/^([A-Z_]+) = (".*")$/gm)].map(([, name, value]) => `${name} = ${value}`);
  expect(set.length).toBeGreaterThan(3);
  expect(staging).toContain(`vars = { ${set.join(", ")} }`);
  const objects = wrangler.split("[[durable_objects.bindings]]").slice(1);
  expect(objects.length).toBeGreaterThan(4);
  for (const object of objects)
    expect(staging).toContain(
      `{ name = "${quoted(object, "name")[0]}", class_name = "${quoted(object, "class_name")[0]}" }`,
    );
  expect(staging!.match(/class_name/g)).toHaveLength(objects.length);
  expect(staging).toContain(`binding = "${quoted(wrangler.split("[[r2_buckets]]")[1]!, "binding")[0]}"`);
});
