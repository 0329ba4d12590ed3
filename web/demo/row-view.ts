import { html } from "lit";
import { repeat } from "lit/directives/repeat.js";
import type { Film } from "../../models/home-hero/films.ts";
import { artworkUrl } from "./artwork/artwork.ts";
import { facts } from "./film-facts.ts";

export type Row = { id: string; title: string; films: readonly Film[]; ranked: boolean };

/** A shelf of films that scrolls sideways. A ranked one numbers its films after the hero. */
export function rowView({ id, title, films, ranked }: Row, open: (film: Film) => void) {
  return html`
    <section class="row" aria-labelledby=${id} ?data-ranked=${ranked}>
      <div class="row-head">
        <h2 id=${id}>${title}</h2>
        ${ranked ? html`<p>Ordered for this visit</p>` : null}
        <div class="row-scroll" aria-hidden="true">
          <button type="button" tabindex="-1" @click=${(e: Event) => scroll(e, -1)}>‹</button>
          <button type="button" tabindex="-1" @click=${(e: Event) => scroll(e, 1)}>›</button>
        </div>
      </div>
      <ul class="shelf">
        ${repeat(
          films,
          (film) => film.id,
          (film, i) => html`
            <li style=${ranked ? `view-transition-name: ranked-${film.id}` : ""}>
              <button class="card" type="button" data-film=${film.id} @click=${() => open(film)}>
                <span class="poster">
                  <img src=${artworkUrl(film, "poster")} alt="" width="400" height="600" loading="lazy" decoding="async" />
                  ${ranked ? html`<span class="rank" aria-hidden="true">${i + 2}</span>` : null}
                  <span class="card-title">${film.title}</span>
                </span>
                <span class="card-facts">${facts(film).slice(0, 2).join(" · ")}</span>
              </button>
            </li>
          `,
        )}
      </ul>
    </section>
  `;
}

function scroll(event: Event, direction: 1 | -1): void {
  const shelf = (event.currentTarget as HTMLElement).closest(".row")?.querySelector(".shelf");
  shelf?.scrollBy({ left: direction * shelf.clientWidth * 0.8, behavior: "smooth" });
}
