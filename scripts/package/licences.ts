import { readdirSync, readFileSync } from "node:fs";
import { join, resolve } from "node:path";

const modules = resolve(import.meta.dirname, "../../node_modules");

/**
 * The licences of packages of which something is inside a bundle, as these ask for. Where a package has no file of it, what its readme says of authors and licence.
 * @throws Error naming a package without one.
 */
export function licences(packages: readonly string[]): string {
  return packages
    .map((name) => {
      const folder = join(modules, name);
      const { version, license } = JSON.parse(readFileSync(join(folder, "package.json"), "utf8"));
      const file = readdirSync(folder).find((one) => /^licen[cs]e/i.test(one));
      const text = file
        ? readFileSync(join(folder, file), "utf8")
        : /^## (Authors?|License)$[\s\S]*/m.exec(readFileSync(join(folder, "README.md"), "utf8"))?.[0];
      if (!license || !text) throw new Error(`${name} has no licence`);
      return `${name} ${version} (${license})\n\n${text.trim()}\n`;
    })
    .join(`\n${"-".repeat(78)}\n\n`);
}
