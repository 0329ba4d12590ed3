import { mkdirSync, writeFileSync } from "node:fs";
import { homeHeroGraph } from "./home-hero/graph.ts";

/** Writes the graphs that the specs name. The same source always gives the same bytes. */

const folder = new URL("./home-hero/generated/", import.meta.url);
mkdirSync(folder, { recursive: true });
writeFileSync(new URL("home-hero.onnx", folder), homeHeroGraph());
