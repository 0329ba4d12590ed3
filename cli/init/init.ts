import { mkdirSync, readdirSync, readFileSync, statSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { parseArgs } from "node:util";
import own from "../../package.json" with { type: "json" };
import { oneArgument, UsageError } from "../command.ts";
import { readModelName } from "../model-path.ts";

/** What goes with a name: Cloudflare's bucket NAME-artifacts may have 63 characters. */
const MAX_NAME = 50;

export const help = `edgewise init NAME

  Makes a project of one's own in the folder NAME: a page that decides, a model (models/NAME.ts), the edge as a Worker (wrangler.toml), and a test.
  NAME is the model's, too: up to ${MAX_NAME} lower-case letters, digits and hyphens. The folder must be empty, or not be there.
`;

/** The name that template/ has throughout, of files too. */
const PLACEHOLDER = "my-project";

/** What a package should not have under its own name: npm would obey the first, and the second would be a test of ours. */
const renamed: Record<string, string> = { gitignore: ".gitignore", "src/offers-test.ts": "src/offers.test.ts" };

const template = join(import.meta.dirname, "template");

/** @throws UsageError saying what is wrong with the name, or with the folder; nothing is written then. */
export async function initCommand(args: readonly string[]): Promise<void> {
  const { positionals } = parseArgs({ args: [...args], allowPositionals: true, options: {} });
  const name = readModelName(oneArgument(positionals, "the project", help));
  if (name.length > MAX_NAME)
    throw new UsageError(`A project's name has at most ${MAX_NAME} characters, and ${name} has ${name.length}.`);
  const manifest = manifestOf(name);
  if (Object.hasOwn({ ...manifest.dependencies, ...manifest.devDependencies }, name))
    throw new UsageError(`The project installs the package ${name}, so it needs another name.`);
  requireEmpty(name);
  const files = readdirSync(template, { recursive: true, encoding: "utf8" })
    .filter((path) => statSync(join(template, path)).isFile())
    .map((path): [string, string] => [
      (renamed[path] ?? path).replace(PLACEHOLDER, name),
      readFileSync(join(template, path), "utf8").replaceAll(PLACEHOLDER, name),
    ]);
  files.push(["package.json", `${JSON.stringify(manifest, null, 2)}\n`]);
  for (const [path, text] of files) {
    mkdirSync(dirname(join(name, path)), { recursive: true });
    writeFileSync(join(name, path), text);
  }
  console.log(`${name} is made. Next:\n\n  cd ${name}\n  npm install\n  npm run dev\n`);
}

/** @throws UsageError when the folder has something in it, or is none. */
function requireEmpty(folder: string): void {
  let inside: string[];
  try {
    inside = readdirSync(folder);
  } catch (error) {
    const { code, message } = error as NodeJS.ErrnoException;
    if (code === "ENOENT") return;
    throw new UsageError(code === "ENOTDIR" ? `${folder} is there, and is no folder.` : message);
  }
  if (inside.length > 0)
    throw new UsageError(`The folder ${folder} is not empty: name another, or take away what is in it.`);
}

function manifestOf(name: string) {
  const { devDependencies: ours } = own;
  const asOurs = (...names: (keyof typeof ours)[]) => Object.fromEntries(names.map((one) => [one, `^${ours[one]}`]));
  return {
    name,
    private: true,
    type: "module",
    engines: { node: ">=24" },
    scripts: {
      dev: "edgewise dev",
      build: "vite build && edgewise pages dist",
      test: 'tsc && node --test "src/**/*.test.ts"',
      types: "edgewise types models/*.ts --out edgewise-models.d.ts",
    },
    dependencies: { edgewise: `^${own.version}` },
    devDependencies: asOurs("@cloudflare/vite-plugin", "@types/node", "typescript", "vite", "wrangler"),
    // Packages whose install scripts npm may run.
    allowScripts: { esbuild: true, workerd: true },
  };
}
