import { adoptStyles, render } from "lit";
import { overlayStyle } from "./overlay-style.ts";
import { type OverlayActions, overlayView } from "./overlay-view.ts";
import type { WatchedClient } from "./watched-client.ts";

/** Draws what a watched client does in a corner of the page. @returns A function that takes it away. */
export function show(watched: WatchedClient): () => void {
  const host = document.createElement("edgewise-overlay");
  const root = host.attachShadow({ mode: "open" });
  adoptStyles(root, [overlayStyle]);
  const state = { isOpen: false };
  let asked = 0;
  const draw = () => {
    asked = 0;
    render(overlayView(watched, state, actions), root);
  };
  const soon = () => {
    asked ||= requestAnimationFrame(draw);
  };
  const toggle = () => {
    state.isOpen = !state.isOpen;
    draw();
    root.querySelector<HTMLElement>(state.isOpen ? ".close" : ".toggle")!.focus();
  };
  const actions: OverlayActions = {
    toggle,
    force: (model, id) => watched.force(model, id),
    reload: () => location.reload(),
  };
  root.addEventListener("keydown", (event) => {
    if ((event as KeyboardEvent).key === "Escape" && state.isOpen) toggle();
  });
  const end = watched.subscribe(soon);
  draw();
  document.body.append(host);
  return () => {
    end();
    cancelAnimationFrame(asked);
    host.remove();
  };
}
