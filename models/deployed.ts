/// <reference path="./bin.d.ts" />

import type { ModelSpec } from "../shared/contract/spec.ts";
import homeHeroGraph from "./generated/home-hero.onnx.bin";
import homeHero from "./home-hero/spec.ts";
import purchaseIntent from "./purchase-intent/spec.ts";

/** The models that this deployment serves. Node cannot import `.bin`, so the specs stand apart. */
export const deployed: { spec: ModelSpec; graph?: ArrayBuffer }[] = [
  { spec: homeHero, graph: homeHeroGraph },
  { spec: purchaseIntent },
];
