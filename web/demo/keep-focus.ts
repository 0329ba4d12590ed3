/**
 * Renders, and if the focused control is gone or was moved, focuses the one that now stands in its place. Otherwise a
 * keyboard would start again at the top of the page whenever the model orders it anew.
 */
export function keepFocus(root: HTMLElement, render: () => void): void {
  const focused = document.activeElement;
  const place = focused && root.contains(focused) ? placeOf(focused) : null;
  render();
  if (place !== null && document.activeElement !== focused) root.querySelector<HTMLElement>(place)?.focus();
}

/** Selects what stands where this control of the hero or of the ranked row stands; null for others, which stay. */
function placeOf(control: Element): string | null {
  if (control.matches(".hero .primary")) return ".hero .primary";
  if (control.matches(".hero .secondary")) return ".hero .secondary";
  const item = control.closest("[data-ranked] li");
  if (!item?.parentElement) return null;
  return `[data-ranked] li:nth-child(${[...item.parentElement.children].indexOf(item) + 1}) .card`;
}
