/** Shortest time between two decisions that the page makes on its own, ms. */
export const REDECIDE_INTERVAL = 4_000;
/** How long after the visitor's last sign of presence the page still counts as watched, ms. */
export const ATTENTION = 120_000;

/**
 * Whether an open page decides anew because a snapshot arrived: only when someone is there to see it, nothing is open
 * over it, and not so often that it restlessly changes or fills the log with decisions that nobody answers.
 */
export function mayRedecide(
  now: number,
  page: { visible: boolean; busy: boolean; lastDecisionAt: number; lastPresenceAt: number },
): boolean {
  return (
    page.visible &&
    !page.busy &&
    now - page.lastDecisionAt >= REDECIDE_INTERVAL &&
    now - page.lastPresenceAt <= ATTENTION
  );
}
