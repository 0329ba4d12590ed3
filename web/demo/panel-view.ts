import { html } from "lit";
import { ref } from "lit/directives/ref.js";
import { filmById } from "../../models/home-hero/films.ts";
import type { Decision } from "../client/client.ts";
import type { HomeActions, HomeState } from "./home-state.ts";
import { reasonText } from "./reason-text.ts";
import { drawRewardChart } from "./reward-chart.ts";
import type { Simulation } from "./simulation.ts";

/** How many films the probabilities are listed for; the others are one bar. */
const LISTED = 6;
/** How many reasons are named. */
const REASONS = 5;

/** The decision panel: how the page decided, and what the model is learning. A bottom sheet on a phone. */
export function panelView(state: HomeState, actions: HomeActions) {
  const { decision, panelOpen } = state;
  return html`
    <aside class="panel" aria-label="Decision panel" ?data-open=${panelOpen}>
      <button class="panel-toggle" type="button" aria-expanded=${panelOpen} aria-controls="panel-body" @click=${actions.togglePanel}>
        <span class="dot" data-online=${state.online} aria-hidden="true"></span>
        <span class="panel-title">Decision panel</span>
        <span class="panel-summary">${decision ? `${modelText(decision)} · ${ms(decision.ms)}` : "waiting"}</span>
        <svg viewBox="0 0 24 24" aria-hidden="true"><path d="m6 15 6-6 6 6" /></svg>
      </button>
      ${simulateButton(state.simulation, actions.toggleSimulation)}
      <div id="panel-body" class="panel-body" tabindex="0" role="group" aria-label="How the page decides" ?hidden=${!panelOpen}>
        ${simulationView(state.simulation)}
        ${decision ? decisionView(decision, state.reason) : html`<p class="quiet">No decision yet.</p>`}
        ${linkView(state)}
      </div>
    </aside>
  `;
}

const places = { browser: "This browser", edge: "The edge" };
const runtimes = {
  native: "Linear head, native",
  wasm: "ONNX Runtime, WASM",
  webgpu: "ONNX Runtime, WebGPU",
  none: "No model in time: the page's own order",
};

function decisionView(decision: Decision, reason: string) {
  const { place, runtime } = decision.computedBy;
  return html`
    <section aria-labelledby="panel-decision">
      <h2 id="panel-decision">Last decision</h2>
      <p class="panel-choice">${filmById(decision.chosen).title}</p>
      <p class="quiet" data-fact="reason">${reason}</p>
      <dl class="panel-facts">
        <div><dt>Decided in</dt><dd data-fact="place">${places[place]}</dd></div>
        <div><dt>Computed by</dt><dd data-fact="runtime">${runtimes[runtime]}</dd></div>
        <div><dt>Took</dt><dd data-fact="ms">${ms(decision.ms)} <small>(${ms(decision.totalMs)} until it was stored)</small></dd></div>
        <div><dt>Model</dt><dd data-fact="model">${isFallback(decision) ? modelText(decision) : html`<code>${decision.model}</code>`}</dd></div>
      </dl>
      ${probabilitiesView(decision)} ${reasonsView(decision)}
    </section>
  `;
}

const isFallback = ({ computedBy }: Decision): boolean => computedBy.runtime === "none";
const modelText = (decision: Decision): string => (isFallback(decision) ? "none yet" : decision.model);

function probabilitiesView({ ranking, chosen }: Decision) {
  const likely = [...ranking].sort((a, b) => b.probability - a.probability || b.score - a.score);
  const top = likely.slice(0, LISTED);
  const chosenRow = likely.find((r) => r.id === chosen)!;
  if (!top.includes(chosenRow)) top.splice(LISTED - 1, 1, chosenRow);
  const others = likely.length - top.length;
  const rest = Math.max(0, 1 - top.reduce((sum, r) => sum + r.probability, 0));
  const bar = (name: string, p: number, mark: boolean) => html`
    <li ?data-chosen=${mark}>
      <span class="bar-name"><span>${name}</span>${mark ? html`<em>chosen</em>` : null}</span>
      <span class="bar-value">${percent(p)}</span>
      <span class="bar" style=${`--p: ${p}`} aria-hidden="true"></span>
    </li>
  `;
  return html`
    <h3>Probability of being chosen</h3>
    <ol class="bars">
      ${top.map((r) => bar(filmById(r.id).title, r.probability, r.id === chosen))}
      ${others > 0 ? bar(`${others} others together`, rest, false) : null}
    </ol>
  `;
}

/** What sets the chosen film apart: features that are not of the visitor alone, which all films have alike. */
function reasonsView({ ranking, chosen }: Decision) {
  const { explanation } = ranking.find((r) => r.id === chosen)!;
  const reasons = explanation?.contributions
    .filter(
      ({ parts, contribution }) =>
        contribution !== 0 && parts.some((part) => part.namespace === "action" || part.namespace === "graph"),
    )
    .slice(0, REASONS);
  if (!reasons?.length) return null;
  return html`
    <h3>What made its score</h3>
    <ul class="reasons">
      ${reasons.map(
        ({ parts, contribution }) =>
          html`<li><span>${reasonText(parts)}</span><span class="bar-value">${signed(contribution)}</span></li>`,
      )}
    </ul>
  `;
}

function linkView({ online, pending, snapshot, feedbackAge }: HomeState) {
  return html`
    <section aria-labelledby="panel-link">
      <h2 id="panel-link">Learning</h2>
      <dl class="panel-facts">
        <div>
          <dt>Page</dt>
          <dd data-fact="online">
            ${online ? "On line" : "Off line, still deciding"}<small>, <span data-fact="pending">${pending}</span> ${pending === 1 ? "record" : "records"} waiting</small>
          </dd>
        </div>
        <div><dt>Newest snapshot</dt><dd data-fact="snapshot"><code>${snapshot ?? "none"}</code></dd></div>
        <div>
          <dt>Feedback → this page</dt>
          <dd data-fact="feedback-age">
            ${
              feedbackAge.last === null || feedbackAge.median === null
                ? html`<small>none since you came</small>`
                : html`${ms(feedbackAge.last)} <small>(median ${ms(feedbackAge.median)} of ${feedbackAge.count})</small>`
            }
          </dd>
        </div>
      </dl>
    </section>
  `;
}

/** Beside the panel's head, so that it is in the first screen whether the panel is open or not. */
function simulateButton({ running }: Simulation, toggle: () => void) {
  return html`
    <button class=${running ? "secondary" : "primary"} type="button" data-simulate @click=${toggle}>
      ${running ? "Stop the visitors" : "Simulate visitors"}
    </button>
  `;
}

function simulationView({ series, visitors, problem }: Simulation) {
  const { average, progress } = series;
  return html`
    <section aria-labelledby="panel-simulation">
      <h2 id="panel-simulation">Simulated visitors</h2>
      <p class="quiet" ?hidden=${series.count > 0}>They have tastes of their own and use this page's client. The model learns from them, and this page with it.</p>
      ${problem ? html`<p class="problem" role="alert">The simulation stopped: ${problem}</p>` : null}
      <p class="counts" data-fact="simulated" ?hidden=${series.count === 0}>
        <strong>${visitors}</strong> visitors, <strong>${series.count}</strong> decisions
      </p>
      <figure class="chart" ?hidden=${series.count === 0}>
        <div ${ref((element) => drawRewardChart(element, series))}></div>
        <figcaption>
          Clicks a decision, mean of the last 200:
          <span class="key" data-series="reward">model ${percent(average.reward)}</span>,
          <span class="key" data-series="uniform">at random ${percent(average.uniform)}</span>,
          <span class="key" data-series="best">best possible ${percent(average.best)}</span>.
          ${progress === null ? null : html`The model is <strong>${percent(Math.max(0, progress))}</strong> of the way.`}
        </figcaption>
      </figure>
    </section>
  `;
}

const ms = (value: number) =>
  value < 10 ? `${value.toFixed(1)} ms` : value < 1000 ? `${Math.round(value)} ms` : `${(value / 1000).toFixed(2)} s`;
const signed = (value: number) => `${value < 0 ? "−" : "+"}${Math.abs(value).toFixed(3)}`;
const percent = (p: number) => (p > 0 && p < 0.001 ? "< 0.1 %" : `${(100 * p).toFixed(p < 0.1 ? 1 : 0)} %`);
