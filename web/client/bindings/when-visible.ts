/**
 * Acts once somebody can see the page: at once, or when a page that was prerendered or opened in the background is looked at.
 * @returns A function that ends the wait.
 */
export function whenVisible(act: () => void): () => void {
  const end = () => {
    for (const type of CHANGES) document.removeEventListener(type, look);
  };
  const look = () => {
    if (document.hidden || (document as { prerendering?: boolean }).prerendering) return;
    end();
    act();
  };
  for (const type of CHANGES) document.addEventListener(type, look);
  look();
  return end;
}

const CHANGES = ["visibilitychange", "prerenderingchange"];
