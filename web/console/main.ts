import { render } from "lit";
import { pageKey } from "../page-key.ts";
import { consoleView } from "./console-view.ts";
import { fetchModels } from "./fetch-models.ts";
import type { ListedModel } from "./model-versions.ts";

/** A first, plain console: which versions there are, at which stage each is, and how far it has learned. */

const REFRESH = 2_000;

const root = document.querySelector<HTMLElement>("#console");
if (!root) throw new Error("the page has no #console");

const key = pageKey();
const withKey: typeof fetch = (input, init) =>
  fetch(input, { ...init, ...(key !== undefined && { headers: { authorization: `Bearer ${key}` } }) });

let models: ListedModel[] | null = null;
let fetchedAt: Date | null = null;

async function refresh(into: HTMLElement): Promise<void> {
  let problem: string | null = null;
  try {
    models = await fetchModels(withKey);
    fetchedAt = new Date();
  } catch (error) {
    problem = error instanceof Error ? error.message : String(error);
  }
  render(consoleView(models, fetchedAt, problem), into);
  setTimeout(() => refresh(into), REFRESH);
}

void refresh(root);
