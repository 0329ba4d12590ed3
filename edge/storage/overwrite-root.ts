/**
 * Writes over what a table's first page has kept from the time when it was the only one: its rows went elsewhere when a second page was needed, and left what they said behind. The page then
 * has the places of the others, from its end on: so many rows are appended, each of which fills a page, that it is full of these. Who calls removes them, in the same transaction.
 * @param append appends a row with so many zeros, behind all others.
 */
export function overwriteRoot(append: (n: number, bytes: number) => void): void {
  for (let n = 0; n < PLACES; n++) append(n, PAGE_BYTES);
}

/** SQLite's pages have 4096 bytes: two such rows do not fit into one, and one needs no other. */
const PAGE_BYTES = 2500;
/** A place takes at least 7 bytes, with its entry at the page's beginning. */
const PLACES = 600;
