import { css } from "lit";

/** In a shadow tree: nothing of the page's own reaches it, but its sizes of type. */
export const overlayStyle = css`
  :host {
    color-scheme: light dark;
    --surface: light-dark(#ffffff, #18161f);
    --line: light-dark(#dcd8e4, #35303f);
    --text: light-dark(#1b1822, #f1eef6);
    --muted: light-dark(#5d566b, #b3abc0);
    --accent: light-dark(#7a4a00, #ffcf7a);
    all: initial;
    position: fixed;
    inset: auto 12px 12px auto;
    z-index: 2147483647;
    color-scheme: light dark;
    font:
      400 14px / 1.45 system-ui,
      -apple-system,
      "Segoe UI",
      Roboto,
      "Noto Sans",
      "DejaVu Sans",
      sans-serif;
    color: var(--text);
  }
  * {
    box-sizing: border-box;
  }
  [hidden] {
    display: none;
  }
  .panel {
    position: fixed;
    inset: auto 12px 64px auto;
    width: min(26rem, calc(100vw - 24px));
    max-height: calc(100dvh - 88px);
    overflow: auto;
    overscroll-behavior: contain;
    padding: 0 16px 12px;
    background: var(--surface);
    border: 1px solid var(--line);
    border-radius: 12px;
    box-shadow: 0 8px 30px rgb(0 0 0 / 0.25);
  }
  header {
    position: sticky;
    top: 0;
    z-index: 1;
    display: flex;
    align-items: center;
    justify-content: space-between;
    padding: 8px 0;
    background: var(--surface);
    border-bottom: 1px solid var(--line);
  }
  h2,
  h3,
  p,
  dl,
  ol,
  ul {
    margin: 0;
    padding: 0;
  }
  h2 {
    font-size: 16px;
  }
  h3 {
    margin-top: 16px;
    font-size: 14px;
  }
  button,
  select {
    min-height: 32px;
    padding: 0 10px;
    font: inherit;
    color: var(--text);
    background: var(--surface);
    border: 1px solid var(--muted);
    border-radius: 8px;
    cursor: pointer;
  }
  select {
    max-width: 100%;
  }
  .toggle {
    min-height: 44px;
    padding: 0 16px;
    font-weight: 600;
    border-radius: 22px;
    box-shadow: 0 2px 10px rgb(0 0 0 / 0.25);
  }
  :focus-visible {
    outline: 3px solid var(--accent);
    outline-offset: 2px;
  }
  code {
    font-family: ui-monospace, "DejaVu Sans Mono", monospace;
    font-size: 13px;
    overflow-wrap: anywhere;
  }
  .quiet,
  dt,
  summary span {
    color: var(--muted);
  }
  .facts div {
    display: flex;
    gap: 12px;
    padding: 4px 0;
  }
  dt {
    flex: 0 0 4.5em;
  }
  dd {
    margin: 0;
    min-width: 0;
  }
  .model {
    display: grid;
    gap: 6px;
    padding: 8px 0;
    border-bottom: 1px solid var(--line);
  }
  label {
    display: flex;
    flex-wrap: wrap;
    align-items: center;
    gap: 8px;
  }
  summary {
    padding: 8px 0;
    cursor: pointer;
    overflow-wrap: anywhere;
  }
  .ranking,
  .reasons {
    list-style: none;
  }
  .ranking > li {
    display: grid;
    grid-template-columns: minmax(0, 1fr) auto;
    column-gap: 12px;
    padding: 6px 0;
  }
  .ranking details,
  .bar {
    grid-column: 1 / -1;
  }
  .ranking summary {
    padding: 4px 0;
    color: var(--muted);
  }
  /* Whoever sees it knows of which it is. */
  .of {
    position: absolute;
    width: 1px;
    height: 1px;
    overflow: hidden;
    clip-path: inset(50%);
    white-space: nowrap;
  }
  .name {
    overflow-wrap: anywhere;
  }
  em {
    font-style: normal;
    font-weight: 600;
    color: var(--accent);
  }
  .number {
    font-variant-numeric: tabular-nums;
    white-space: nowrap;
  }
  .bar {
    height: 4px;
    border-radius: 2px;
    background: linear-gradient(to right, var(--accent) calc(100% * var(--p)), var(--line) 0);
  }
  .reasons li {
    display: flex;
    justify-content: space-between;
    gap: 12px;
    padding: 2px 0;
    overflow-wrap: anywhere;
  }
`;
