import { html, nothing } from "lit";
import { repeat } from "lit/directives/repeat.js";
import type { BriefExplanation } from "../../../shared/contract/calls.ts";
import type { Decision } from "../client.ts";
import type { Status } from "../events.ts";
import type { SeenCall, WatchedClient } from "./watched-client.ts";
import { digits, partsText, percent, signed, span } from "./words.ts";

/** How many actions are listed of a decision. */
const LISTED = 10;

export type OverlayState = { isOpen: boolean };
export type OverlayActions = {
  toggle(): void;
  /** @param id undefined: the model chooses again. */
  force(model: string, id: string | undefined): void;
  reload(): void;
};

/** A button in the corner, and what it opens. */
export function overlayView(watched: WatchedClient, { isOpen }: OverlayState, actions: OverlayActions) {
  const forced = watched.calls.some(({ isForced }) => isForced);
  return html`
    <section class="panel" id="panel" aria-label="Edgewise" ?hidden=${!isOpen}>
      <header>
        <h2>Edgewise</h2>
        <button type="button" class="close" @click=${actions.toggle}>Close</button>
      </header>
      ${isOpen ? html`${statusView(watched.client.status())} ${modelsView(watched, actions)} ${callsView(watched)}` : nothing}
    </section>
    <button type="button" class="toggle" aria-expanded=${isOpen} aria-controls="panel" @click=${actions.toggle}>
      Edgewise${forced ? html`<small>, forced</small>` : nothing}
    </button>
  `;
}

const kept = {
  stored: "in this browser",
  memory: "in this page alone: the browser's storage cannot be used",
  full: "in this page alone: the browser's storage is full",
} as const satisfies Record<Status["storage"], string>;

const statusView = ({ online, pending, storage, lost }: Status) => html`
  <dl class="facts">
    <div><dt>Edge</dt><dd data-fact="edge">${online ? "answers" : "does not answer: the page decides with what it has"}</dd></div>
    <div><dt>Outbox</dt><dd data-fact="outbox">${pending === 0 ? "empty" : `${pending} not acknowledged yet`}</dd></div>
    <div><dt>Kept</dt><dd data-fact="storage">${kept[storage]}</dd></div>
    ${lost > 0 ? html`<div><dt>Lost</dt><dd data-fact="lost">${lost} could not be kept</dd></div>` : nothing}
  </dl>
`;

/** Of each model what decides now, and what it is made to choose. */
function modelsView({ calls, snapshots, forced }: WatchedClient, { force, reload }: OverlayActions) {
  const names = [...new Set(calls.map(({ name }) => name))].sort();
  if (names.length === 0) return html`<p class="quiet">The page has not asked any model yet.</p>`;
  return html`
    <h3>Models</h3>
    ${repeat(
      names,
      (name) => name,
      (name) => {
        const newest = calls.find((call) => call.name === name)!;
        const snapshot = snapshots.get(name);
        const ids = "ranking" in newest.answer ? newest.answer.ranking.map(({ id }) => id).sort() : [];
        const chosen = forced.of(name);
        return html`
          <div class="model" data-model=${name}>
            <p><code>${snapshot?.label ?? newest.answer.model}</code></p>
            ${
              snapshot
                ? html`<p class="quiet">
                    ${snapshot.examples.toLocaleString("en")} examples${snapshot.feedbackAgeMs === null ? nothing : `, newest feedback ${span(snapshot.feedbackAgeMs)} old when it came`}
                  </p>`
                : nothing
            }
            ${
              ids.length === 0
                ? nothing
                : html`<label>
                      Force
                      <select
                        @change=${({ currentTarget }: Event) => {
                          const { selectedIndex } = currentTarget as HTMLSelectElement;
                          force(name, selectedIndex === 0 ? undefined : ids[selectedIndex - 1]);
                        }}
                      >
                        <option ?selected=${chosen === undefined}>the model's choice</option>
                        ${ids.map((id) => html`<option ?selected=${chosen === id}>${id}</option>`)}
                      </select>
                    </label>
                    ${
                      chosen === undefined
                        ? nothing
                        : html`<p class="quiet">
                            From the next call on, in this tab. It is not logged, and nothing is learned of it.
                            <button type="button" @click=${reload}>Reload the page</button>
                          </p>`
                    }`
            }
          </div>
        `;
      },
    )}
  `;
}

const callsView = ({ calls }: WatchedClient) =>
  calls.length === 0
    ? nothing
    : html`
        <h3>Decisions</h3>
        ${repeat(
          calls,
          ({ number }) => number,
          (call, i) => html`
            <details data-call=${call.number} ?open=${i === 0}>
              <summary>
                <strong>${chosenText(call)}</strong>
                <span>${call.name}, ${call.by}${call.isForced ? ", forced" : ""}, ${new Date(call.at).toLocaleTimeString()}</span>
              </summary>
              ${callView(call)}
            </details>
          `,
        )}
      `;

function chosenText({ answer }: SeenCall): string {
  if ("value" in answer) return digits(answer.value);
  return answer.slots?.map(({ chosen }) => chosen).join(", ") ?? answer.chosen;
}

function callView({ answer, reasons }: SeenCall) {
  const { model, computedBy, reason, ms, id } = answer;
  return html`
    <dl class="facts">
      <div><dt>By</dt><dd data-fact="by">${reason === undefined ? html`<code>${model}</code>, ${computedBy.runtime}` : `the fallback: ${reason}`}</dd></div>
      <div><dt>Took</dt><dd>${span(ms)}</dd></div>
      <div><dt>Id</dt><dd><code class="id">${id}</code></dd></div>
    </dl>
    ${"ranking" in answer ? rankingView(answer, reasons) : reasonsView(reasons?.get(""))}
  `;
}

function rankingView({ ranking, chosen }: Decision, reasons: SeenCall["reasons"]) {
  const others = ranking.length - LISTED;
  return html`
    <ol class="ranking">
      ${ranking.slice(0, LISTED).map(
        ({ id, probability, score }) => html`
          <li data-action=${id}>
            <span class="name">${id}${id === chosen ? html` <em>chosen</em>` : nothing}</span>
            <span class="number">${percent(probability)}</span>
            <span class="bar" style=${`--p: ${probability}`} aria-hidden="true"></span>
            <details>
              <summary>Score ${digits(score)}<span class="of">, of ${id}</span></summary>
              ${reasonsView(reasons?.get(id))}
            </details>
          </li>
        `,
      )}
    </ol>
    ${others > 0 ? html`<p class="quiet">and ${others} more</p>` : nothing}
  `;
}

const reasonsView = (explanation: BriefExplanation | undefined) =>
  explanation === undefined
    ? html`<p class="quiet">What made it is not known.</p>`
    : html`
        <ul class="reasons">
          ${explanation.contributions.map(
            ({ parts, contribution }) =>
              html`<li><span>${partsText(parts)}</span><span class="number">${signed(contribution)}</span></li>`,
          )}
          ${
            explanation.others.count > 0
              ? html`<li><span>${explanation.others.count} others</span><span class="number">${signed(explanation.others.contribution)}</span></li>`
              : nothing
          }
        </ul>
      `;
