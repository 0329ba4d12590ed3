import { html } from "lit";
import { ref } from "lit/directives/ref.js";
import type { Film } from "../../models/home-hero/films.ts";
import { artworkUrl } from "./artwork/artwork.ts";
import { facts } from "./film-facts.ts";

/** The opened film, over the page. Closing it goes back to a page that is ranked anew. */
export function detailsView(film: Film | null, close: () => void) {
  return html`
    <dialog class="details" aria-labelledby="details-title" ${ref((element) => show(element, film !== null))} @close=${close}>
      ${
        film &&
        html`<img src=${artworkUrl(film, "still")} alt="" width="1600" height="900" />
          <div class="details-text">
            <p class="eyebrow">Now playing, if it existed</p>
            <h2 id="details-title">${film.title}</h2>
            <p class="facts">${facts(film).map((fact) => html`<span>${fact}</span>`)}</p>
            <p class="tagline">${film.tagline}</p>
            <form method="dialog"><button class="primary">Back to Lumenhall</button></form>
          </div>`
      }
    </dialog>
  `;
}

function show(element: Element | undefined, open: boolean): void {
  if (!(element instanceof HTMLDialogElement) || element.open === open) return;
  if (open) queueMicrotask(() => element.isConnected && !element.open && element.showModal());
  else element.close();
}
