import { formatOf, MANIFEST_FORMAT, SPEC_FORMAT } from "../../shared/contract/format.ts";
import type { Manifest } from "../../shared/contract/manifest.ts";

/**
 * Reads a manifest of any format up to today's as today's. It is looked at, not checked: the edge made it.
 * @throws FormatError when it is of a newer format; Error when it is none.
 */
export function readManifest(value: unknown): Manifest {
  const format = formatOf(value, "manifest", MANIFEST_FORMAT);
  const manifest = value as Manifest;
  if (typeof manifest?.spec?.features !== "object" || typeof manifest.snapshot?.sha256 !== "string")
    throw new Error("the edge answered with something else than a manifest");
  for (const { spec } of [manifest, ...(manifest.canaries ?? [])]) formatOf(spec, "spec", SPEC_FORMAT);
  if (format === MANIFEST_FORMAT) return manifest;
  // Format 1, as a browser may have kept it: one version, and every snapshot whole.
  return { ...manifest, format: MANIFEST_FORMAT, directory: 0, share: null, delta: null, canaries: [] };
}
