/** Number of the snapshot that a publication is. Apart from the publication's schema, which pages do not load. */
export const snapshotNumber = ({
  snapshot,
  delta,
}: {
  snapshot: { number: number };
  delta: { number: number } | null;
}): number => (delta ?? snapshot).number;
