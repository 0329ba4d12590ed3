import { mkdirSync, writeFileSync } from "node:fs";
import { homeHeroGraph } from "./home-hero/graph.ts";

/** Writes the graphs that deployed.ts imports. The same source always gives the same bytes. */

const folder = new URL("./generated/", import.meta.url);
mkdirSync(folder, { recursive: true });
writeFileSync(new URL("home-hero.onnx.bin", folder), homeHeroGraph());
