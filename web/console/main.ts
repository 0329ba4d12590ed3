import { render } from "lit";
import type { Manifest } from "../../shared/contract/manifest.ts";
import { consoleView } from "./console-view.ts";
import { fetchModels } from "./fetch-models.ts";

/** A first, plain console: what is deployed and how far each model has learned. */

const REFRESH = 2_000;

const root = document.querySelector<HTMLElement>("#console");
if (!root) throw new Error("the page has no #console");

let models: Manifest[] | null = null;
let fetchedAt: Date | null = null;

async function refresh(into: HTMLElement): Promise<void> {
  let problem: string | null = null;
  try {
    models = await fetchModels();
    fetchedAt = new Date();
  } catch (error) {
    problem = error instanceof Error ? error.message : String(error);
  }
  render(consoleView(models, fetchedAt, problem), into);
  setTimeout(() => refresh(into), REFRESH);
}

void refresh(root);
