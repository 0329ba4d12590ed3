import { html } from "lit";
import type { Manifest } from "../../shared/contract/manifest.ts";

export function consoleView(models: Manifest[] | null, fetchedAt: Date | null, problem: string | null) {
  return html`
    <div class="console">
      <header class="masthead">
        <a class="wordmark" href="/console/"><img src="/lumenhall.svg" alt="" width="32" height="32" /><span>Edgewise console</span></a>
        <nav aria-label="Edgewise"><a href="/">Demo</a><a href="/docs/">API</a></nav>
      </header>
      <main>
        <h1>Models</h1>
        <p class="state">
          ${fetchedAt ? `As of ${fetchedAt.toLocaleTimeString()}, refreshed every 2 seconds.` : problem ? "" : "Asking the edge."}
        </p>
        ${problem ? html`<p class="problem" role="alert">The edge could not be asked: ${problem}</p>` : null}
        ${models ? tableView(models) : null}
        ${models?.map(reportView)}
      </main>
    </div>
  `;
}

function tableView(models: Manifest[]) {
  return html`
    <div class="scroll" tabindex="0" role="region" aria-label="Deployed models">
      <table>
        <thead>
          <tr>
            <th scope="col">Model</th>
            <th scope="col" class="text">Task</th>
            <th scope="col" class="text">Stage</th>
            <th scope="col">Version</th>
            <th scope="col">Snapshot</th>
            <th scope="col">Size</th>
            <th scope="col">Examples</th>
            <th scope="col">Progressive loss</th>
            <th scope="col">Mean feedback</th>
            <th scope="col" class="text">As ONNX</th>
          </tr>
        </thead>
        <tbody>
          ${models.map(rowView)}
        </tbody>
      </table>
    </div>
  `;
}

const rowView = (m: Manifest) => html`
  <tr data-model=${m.model}>
    <th scope="row"><a href=${`/v1/models/${m.model}`}>${m.model}</a></th>
    <td class="text">${m.spec.task.type}</td>
    <td class="text">${m.stage}</td>
    <td>${m.version}</td>
    <td>${m.snapshot.number.toLocaleString()}</td>
    <td>${kilobytes(m.snapshot.bytes)}</td>
    <td>${m.examples.toLocaleString()}</td>
    <td>${decimals(m.progressiveLoss)}</td>
    <td>${decimals(m.meanFeedback)}</td>
    <td class="text">${m.spec.learner.type === "factorised" ? "none" : html`<a href=${`/v1/models/${m.model}/onnx`} download>Download</a>`}</td>
  </tr>
`;

const reportView = ({ model, report }: Manifest) =>
  report === null
    ? null
    : html`<section class="choice" aria-label=${`Learner of ${model}`}>
        <h2>What ${model} serves, and why</h2>
        <pre tabindex="0">${report}</pre>
      </section>`;

const decimals = (x: number | null) => (x === null ? "none yet" : x.toFixed(4));
const kilobytes = (bytes: number) => `${(bytes / 1000).toFixed(1)} kB`;
