import { cpSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";

/**
 * Copies a build, and puts a module in front of its Worker. The code of the build stays as it is.
 * @param name of the module, without its ending. @param source given the name of the build's own main module.
 */
export function wrappedBuild(dist: string, copy: string, name: string, source: (main: string) => string): void {
  cpSync(dist, copy, { recursive: true });
  const config = join(copy, "edgewise/wrangler.json");
  const settings = JSON.parse(readFileSync(config, "utf8")) as { main: string };
  writeFileSync(join(copy, `edgewise/${name}.js`), source(settings.main));
  writeFileSync(config, JSON.stringify({ ...settings, main: `${name}.js` }));
}
