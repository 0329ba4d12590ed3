import type { Manifest, VersionManifest } from "../../shared/contract/manifest.ts";
import type { Assignment } from "../../shared/contract/record.ts";
import { assign } from "../../shared/decide/assign.ts";
import { type LoadedModel, loadModel } from "../../shared/decide/loaded-model.ts";
import type { SnapshotEvent } from "./events.ts";
import type { KeptTexts } from "./kept-texts.ts";
import { ServedVersion } from "./served-version.ts";
import { type StartingModel, startingModel } from "./starting-model.ts";

/** How many units a page remembers that it decided for; it may simulate many visitors. */
const UNITS = 100;

/** What decides for a unit, and how the unit came to it. */
export type Serving = { loaded: LoadedModel; assignment: Assignment };

/** One model as this page decides with it: the versions that are here, and which of them serves whom. */
export class ServedModel {
  readonly name: string;
  readonly #texts: KeptTexts;
  readonly #given: StartingModel | undefined;
  readonly #activated: (event: SnapshotEvent) => void;
  /** By their numbers. */
  readonly versions = new Map<number, ServedVersion>();
  /** Whom this page decided for last: their versions are loaded before a new manifest is taken into use. */
  readonly units = new Set<string>();
  /** What is decided by: its live version is here. */
  manifest: Manifest | undefined;
  /** Beginning with what is here, once it can score; undefined: it could at once, or there is nothing. */
  readonly starting: Promise<unknown> | undefined;

  /** @param given what the page that is served came with. */
  constructor(
    name: string,
    texts: KeptTexts,
    given: StartingModel | undefined,
    activated: (event: SnapshotEvent) => void,
  ) {
    this.name = name;
    this.#texts = texts;
    this.#given = given;
    this.#activated = activated;
    this.starting = this.#start()?.catch((error) => console.warn(`edgewise: ${name} cannot score yet: ${error}`));
  }

  /** What can decide for a unit without waiting: its own version, or else the live one. */
  atOnce(unit: string): Serving | undefined {
    return this.ready(unit) ?? (this.manifest && this.live());
  }

  /** The unit's own version, if it is here. */
  ready(unit: string): Serving | undefined {
    this.#remember(unit);
    const { manifest } = this;
    if (!manifest) return undefined;
    const assigned = this.assigned(manifest, unit);
    const loaded = this.versions.get(assigned.version)?.current;
    return loaded && { loaded, assignment: assignmentOf(manifest, assigned) };
  }

  /** The live version is here whenever there is a manifest. */
  live(): Serving {
    const manifest = this.manifest!;
    const loaded = this.versions.get(manifest.version)!.current!;
    return { loaded, assignment: assignmentOf(manifest, manifest) };
  }

  /** The version that serves a unit by a manifest. */
  assigned(manifest: Manifest, unit: string): VersionManifest {
    return assign(this.name, unit, serving(manifest)) ?? manifest;
  }

  version(number: number): ServedVersion {
    const known = this.versions.get(number);
    if (known) return known;
    const version = new ServedVersion(this.name, number, this.#activated);
    this.versions.set(number, version);
    return version;
  }

  /** Decides by a manifest, if its live version is there and nothing decides yet. */
  begin(manifest: Manifest): void {
    if (!this.versions.get(manifest.version)?.current) return;
    this.manifest ??= manifest;
  }

  /** Begins with what is there at once, if anything is. @returns what is waited for where it cannot score yet. */
  #start(): Promise<unknown> | undefined {
    const started = startingModel(this.#texts, this.name, this.#given);
    if (!started) return undefined;
    if ("missing" in started) return started.missing.then(() => this.manifest ?? this.#start());
    const { manifest, snapshots } = started;
    try {
      for (const { snapshot, ...published } of snapshots) {
        const ours = serving(manifest).find(({ version }) => version === published.version);
        if (!ours) continue;
        const version = this.version(ours.version);
        version.activate(loadModel(ours.spec, version.checked(snapshot)), published, null);
      }
    } catch (error) {
      console.warn(`edgewise: ${this.name} cannot begin with what came with the page, or was kept: ${error}`);
    }
    this.begin(manifest);
    return undefined;
  }

  #remember(unit: string): void {
    this.units.delete(unit);
    this.units.add(unit);
    if (this.units.size > UNITS) this.units.delete(this.units.values().next().value!);
  }
}

/** The versions that serve: the live one and the canaries. */
export const serving = (manifest: Manifest): VersionManifest[] => [manifest, ...manifest.canaries];

const assignmentOf = ({ directory }: Manifest, { stage, share }: VersionManifest): Assignment => ({
  stage,
  share,
  directory,
});
