import type { Problem } from "../../shared/contract/problem.ts";
import type { ListedModel, ModelVersions } from "./model-versions.ts";

const TIMEOUT = 10_000;

/**
 * The deployed models and their versions; of one that cannot be read its problem.
 * @throws Error in the words of the edge's problem document, where it sent one, when the models cannot be listed.
 */
export async function fetchModels(fetcher: typeof fetch = fetch): Promise<ListedModel[]> {
  const { models, unread } = await ask<{ models: Named[]; unread: (Named & { problem: string })[] }>(
    fetcher,
    "/v1/models",
  );
  const listed = [...models.map(({ model }) => ({ model, problem: null })), ...unread];
  listed.sort((a, b) => (a.model < b.model ? -1 : 1));
  return Promise.all(
    listed.map(async ({ model, problem }) => {
      try {
        return { ...(await ask<ModelVersions>(fetcher, `/v1/models/${model}/versions`)), problem };
      } catch (error) {
        const why = error instanceof Error ? error.message : String(error);
        return { model, versions: [], history: [], problem: problem ?? why };
      }
    }),
  );
}

type Named = { model: string };

async function ask<T>(fetcher: typeof fetch, path: string): Promise<T> {
  const response = await fetcher(path, { signal: AbortSignal.timeout(TIMEOUT) });
  if (response.ok) return response.json();
  const problem: Partial<Problem> = await response.json().catch(() => ({}));
  const why = problem.detail ?? problem.title ?? `the edge answered ${response.status}`;
  throw new Error(response.status === 401 ? `${why}. Open this page with a secret key: /console/#key=sk_...` : why);
}
