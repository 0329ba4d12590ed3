import { html } from "lit";
import { keyed } from "lit/directives/keyed.js";
import type { Film } from "../../models/home-hero/films.ts";
import { artworkUrl } from "./artwork/artwork.ts";
import { facts } from "./film-facts.ts";

/** The film that the model chose, over the full width. */
export function heroView(film: Film, decided: boolean, actions: { open(film: Film): void; skip(): void }) {
  return html`
    <section class="hero" aria-label="Chosen for you" aria-live="polite" aria-busy=${!decided} ?data-waiting=${!decided}>
      ${keyed(
        film.id,
        html`<picture>
            <source media="(max-width: 639px)" srcset=${artworkUrl(film, "poster")} />
            <img class="hero-art" src=${artworkUrl(film, "still")} alt="" width="1600" height="900" />
          </picture>
          <div class="hero-text">
            <p class="eyebrow">${decided ? "Chosen for you" : "One moment"}</p>
            <h1>${film.title}</h1>
            <p class="facts">${facts(film).map((fact) => html`<span>${fact}</span>`)}</p>
            <p class="tagline">${film.tagline}</p>
            <div class="buttons">
              <button class="primary" type="button" data-hero=${film.id} ?disabled=${!decided} @click=${() => actions.open(film)}>
                <svg viewBox="0 0 24 24" aria-hidden="true"><path d="M7 4.5v15l13-7.5z" /></svg>Watch
              </button>
              <button class="secondary" type="button" ?disabled=${!decided} @click=${() => actions.skip()}>
                Something else
              </button>
            </div>
          </div>`,
      )}
    </section>
  `;
}
