import { html } from "lit";
import { type Film, films, type Genre } from "../../models/home-hero/films.ts";
import { detailsView } from "./details-view.ts";
import { heroView } from "./hero-view.ts";
import type { HomeActions, HomeState } from "./home-state.ts";
import { panelView } from "./panel-view.ts";
import { rowView } from "./row-view.ts";

const shelves: readonly { title: string; genres: readonly Genre[] }[] = [
  { title: "Hold your breath", genres: ["thriller", "horror"] },
  { title: "Somewhere else entirely", genres: ["science fiction", "adventure"] },
  { title: "Close to the heart", genres: ["romance", "drama"] },
  { title: "Lighter evenings", genres: ["comedy", "animation"] },
  { title: "True, and stranger", genres: ["documentary"] },
];
const shelved = shelves.map(({ title, genres }) => ({ title, films: films.filter((f) => genres.includes(f.genre)) }));

/** How many films the ranked row shows after the hero. */
const RANKED_ROW = 12;

export function homeView(state: HomeState, actions: HomeActions) {
  const [hero, ...rest] = state.ranked;
  const open = (film: Film) => actions.open(film);
  return html`
    <a class="skip-link" href="#films">Skip to the films</a>
    <div class="layout" ?data-panel-open=${state.panelOpen}>
      <header class="masthead">
        <a class="wordmark" href="/"><img src="/lumenhall.svg" alt="" width="32" height="32" /><span>Lumenhall</span></a>
        <nav aria-label="Edgewise">
          <a href="/console/">Console</a>
          <a href="/docs/">API</a>
        </nav>
      </header>
      <main id="films">
        ${state.problem ? html`<p class="problem" role="alert">${state.problem}</p>` : null}
        ${heroView(hero!, state.decision !== null, { open, skip: actions.skip })}
        <div class="rows">
          ${rowView({ id: "for-you", title: "For you, right now", films: rest.slice(0, RANKED_ROW), ranked: true }, open)}
          ${shelved.map((shelf, i) => rowView({ id: `shelf-${i}`, ranked: false, ...shelf }, open))}
        </div>
        <footer class="colophon">
          Lumenhall and its films are invented. The film at the top and the first row were chosen in your own browser by
          <strong>Edgewise</strong>.
        </footer>
      </main>
      ${panelView(state, actions)}
    </div>
    ${detailsView(state.opened, actions.close)}
  `;
}
