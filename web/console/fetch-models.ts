import type { Problem } from "../../shared/contract/problem.ts";
import type { ModelVersions } from "./model-versions.ts";

const TIMEOUT = 10_000;

/** The deployed models and their versions. @throws Error in the words of the edge's problem document, where it sent one. */
export async function fetchModels(fetcher: typeof fetch = fetch): Promise<ModelVersions[]> {
  const { models } = await ask<{ models: { model: string }[] }>(fetcher, "/v1/models");
  return Promise.all(models.map(({ model }) => ask<ModelVersions>(fetcher, `/v1/models/${model}/versions`)));
}

async function ask<T>(fetcher: typeof fetch, path: string): Promise<T> {
  const response = await fetcher(path, { signal: AbortSignal.timeout(TIMEOUT) });
  if (response.ok) return response.json();
  const problem: Partial<Problem> = await response.json().catch(() => ({}));
  const why = problem.detail ?? problem.title ?? `the edge answered ${response.status}`;
  throw new Error(response.status === 401 ? `${why}. Open this page with a secret key: /console/#key=sk_...` : why);
}
