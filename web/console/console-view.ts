import { html } from "lit";
import type { ListedModel, Version } from "./model-versions.ts";

/** How many of the newest changes are told. */
const CHANGES = 8;
/** After so many examples without a value it is said of a feature that none came: some are rare. */
const MISSED = 100;

export function consoleView(models: readonly ListedModel[] | null, fetchedAt: Date | null, problem: string | null) {
  return html`
    <div class="console">
      <header>
        <a class="wordmark" href="/console/">Edgewise console</a>
        <nav aria-label="Edgewise"><a href="/">Demo</a><a href="/docs/">API</a></nav>
      </header>
      <main>
        <h1>Models</h1>
        <p class="state">
          ${fetchedAt ? `As of ${fetchedAt.toLocaleTimeString()}, refreshed every 2 seconds.` : problem ? "" : "Asking the edge."}
        </p>
        ${problem ? html`<p class="problem" role="alert">The edge could not be asked: ${problem}</p>` : null}
        ${models?.length === 0 ? html`<p>No model is deployed yet: <code>npx edgewise deploy SPEC</code> deploys one.</p>` : null}
        ${models?.map(modelView)}
      </main>
    </div>
  `;
}

function modelView({ model, versions, history, problem }: ListedModel) {
  const newestFirst = versions.toReversed();
  return html`
    <section class="model" aria-labelledby=${`model-${model}`} data-model=${model}>
      <h2 id=${`model-${model}`}><a href=${`/v1/models/${model}`}>${model}</a></h2>
      ${problem ? html`<p class="problem" role="alert">${problem}</p>` : null}
      <div class="scroll" tabindex="0" role="region" aria-label=${`Versions of ${model}`}>
        <table>
          <thead>
            <tr>
              <th scope="col">Version</th>
              <th scope="col" class="text">Stage</th>
              <th scope="col">Snapshot</th>
              <th scope="col">Examples</th>
              <th scope="col">Progressive loss</th>
              <th scope="col">Mean feedback</th>
              <th scope="col">Rows behind</th>
              <th scope="col" class="text">Deployed</th>
            </tr>
          </thead>
          <tbody>
            ${newestFirst.map(versionView)}
          </tbody>
        </table>
      </div>
      ${newestFirst.map(missingView)}
      ${newestFirst.map(reportView)}
      <details>
        <summary>Changes</summary>
        <ol class="changes">
          ${history
            .slice(0, CHANGES)
            .map(
              ({ at, version, what }) =>
                html`<li><time datetime=${new Date(at).toISOString()}>${moment(at)}</time> Version ${version}: ${what}</li>`,
            )}
        </ol>
      </details>
    </section>
  `;
}

const versionView = (version: Version) => html`
  <tr data-version=${version.version} data-stage=${version.stage}>
    <th scope="row">${version.version}</th>
    <td class="text">
      <span class="stage">${stageText(version)}</span>
      ${version.wanted ? html`<small>becomes ${stageText(version.wanted)} when it has caught up</small>` : null}
      ${version.problem ? html`<small class="warning">${version.problem}</small>` : null}
    </td>
    ${trainingView(version)}
    <td class="text"><time datetime=${new Date(version.createdAt).toISOString()}>${moment(version.createdAt)}</time></td>
  </tr>
`;

const trainingView = ({ stage, training }: Version) =>
  training === null
    ? html`<td class="none" colspan="5">${stage === "retired" ? "rests" : "not known yet"}</td>`
    : html`
        <td>${training.snapshot.toLocaleString()}</td>
        <td>${training.examples.toLocaleString()}</td>
        <td>${decimals(training.progressiveLoss)}</td>
        <td>${decimals(training.meanFeedback)}</td>
        <td>${training.lag.toLocaleString()}</td>
      `;

const missingView = ({ version, training }: Version) => {
  const { names, decisions } = training?.missing ?? { names: [], decisions: 0 };
  if (names.length === 0 || decisions < MISSED) return null;
  return html`<p class="missing" data-missing=${version}>
    Version ${version}: in ${decisions.toLocaleString()} examples there was no value for
    ${names.map((name, i) => html`${i > 0 ? ", " : null}<code>${name}</code>`)}. Does the page give
    ${names.length > 1 ? "these" : "this"}, under the name that the spec reads?
  </p>`;
};

const reportView = ({ version, training }: Version) =>
  training?.report
    ? html`<details>
        <summary>What version ${version} serves, and why</summary>
        <pre tabindex="0">${training.report}</pre>
      </details>`
    : null;

const stageText = ({ stage, share }: Pick<Version, "stage" | "share">) =>
  share === null ? stage : `${stage}, ${Number((100 * share).toPrecision(3))} %`;
const decimals = (x: number | null) => (x === null ? "none yet" : x.toFixed(4));
const moment = (at: number) => new Date(at).toLocaleString();
