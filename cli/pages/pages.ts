import { copyFileSync, existsSync, mkdirSync, readFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { parseArgs } from "node:util";
import { oneArgument, UsageError } from "../command.ts";
import { siteFiles } from "./site.ts";

export const help = `edgewise pages FOLDER

  Puts what an edge serves beside a page into FOLDER, where the project's page was built (dist): the console at /console/, and for pages without a bundler /sdk.js and what
  that loads.
`;

const CONSOLE = "/console/index.html";

/** @throws UsageError when the folder is not there, or has a console of its own. */
export async function pagesCommand(args: readonly string[]): Promise<void> {
  const { positionals } = parseArgs({ args: [...args], allowPositionals: true, options: {} });
  const out = oneArgument(positionals, "the folder of the built page", help);
  if (!existsSync(out)) throw new UsageError(`There is no folder ${out}: build the page first.`);
  const site = siteFiles();
  if (site === null)
    throw new UsageError("Console and scripts are built with the package: npm run package, and use its command.");
  const there = join(out, CONSOLE);
  if (existsSync(there) && !readFileSync(there, "utf8").includes("<title>Edgewise console</title>"))
    throw new UsageError(`${there} is a page of the project's own: give it another name.`);
  for (const [path, file] of site) {
    mkdirSync(dirname(join(out, path)), { recursive: true });
    copyFileSync(file, join(out, path));
  }
  console.log(`Beside the page: /console/ and /sdk.js (${site.size} files).`);
}
