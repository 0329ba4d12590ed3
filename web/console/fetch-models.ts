import type { Manifest } from "../../shared/contract/manifest.ts";
import type { Problem } from "../../shared/contract/problem.ts";

/** The deployed models. @throws Error in the words of the edge's problem document, where it sent one. */
export async function fetchModels(fetcher: typeof fetch = fetch): Promise<Manifest[]> {
  const response = await fetcher("/v1/models", { signal: AbortSignal.timeout(10_000) });
  if (!response.ok) {
    const problem: Partial<Problem> = await response.json().catch(() => ({}));
    throw new Error(problem.detail ?? problem.title ?? `the edge answered ${response.status}`);
  }
  const { models }: { models: Manifest[] } = await response.json();
  return models;
}
