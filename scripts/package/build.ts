import { chmod, copyFile, cp, mkdir, rm, writeFile } from "node:fs/promises";
import { join, resolve } from "node:path";
import { bundlePackage, entries } from "./bundles.ts";
import { writeDeclarations } from "./declarations.ts";
import { licences } from "./licences.ts";
import { manifest } from "./manifest.ts";
import { buildSite } from "./site.ts";

const root = resolve(import.meta.dirname, "../..");

/** Writes the package, ready for `npm pack` or `npm publish`. @param out a folder that is made anew. */
export async function buildPackage(out: string): Promise<void> {
  await rm(out, { recursive: true, force: true });
  await mkdir(out, { recursive: true });
  const [inside] = await Promise.all([bundlePackage(out), writeDeclarations(root, entries, out)]);
  await writeFile(join(out, "THIRD-PARTY-LICENSES.txt"), licences(inside));
  await writeFile(join(out, "package.json"), `${JSON.stringify(manifest, null, 2)}\n`);
  await copyFile(join(root, "LICENSE"), join(out, "LICENSE"));
  await copyFile(join(root, "docs/package.md"), join(out, "README.md"));
  await copyFile(join(import.meta.dirname, "worker.d.ts"), join(out, "worker/worker.d.ts"));
  await buildSite(join(out, "cli/site"));
  await cp(join(root, "cli/init/template"), join(out, "cli/template"), { recursive: true });
  const start = join(out, "cli/start.js");
  await copyFile(join(import.meta.dirname, "start.js"), start);
  await chmod(start, 0o755);
}

if (import.meta.main) {
  const out = resolve(root, "dist/package");
  await buildPackage(out);
  console.log(`The package is in ${out}: npm pack ${out}`);
}
