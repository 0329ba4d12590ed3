import type { ModelSpec } from "../../../shared/contract/spec.ts";
import type { Properties } from "../../../shared/contract/values.ts";
import { type Listening, listenings, pathsIn } from "./names.ts";
import { nearName } from "./near-name.ts";
import { list, quoted, type Said } from "./said.ts";

/** After so many decisions of a model, what the page has not told of is taken for what never comes. */
const PATIENCE = 10;

/** A model that the page has asked, and how often. */
export type Asked = { spec: ModelSpec; decisions: number };

type Listener = Listening & { model: string; decisions: number };

/** Compares the events that a page tells of with what session features look at: of all models together, which share a visit. */
export class EventAdvice {
  readonly #said: Said;
  readonly #hasSignals: boolean;
  /** Properties that came, by the event's type. */
  readonly #seen = new Map<string, Set<string>>();
  /** Events and properties of features that were named as what was probably meant. */
  readonly #meant = new Set<string>();

  /** @param hasSignals whether the page tells by itself of what only it sees. */
  constructor(said: Said, hasSignals: boolean) {
    this.#said = said;
    this.#hasSignals = hasSignals;
  }

  takeEvent(type: string, properties: Properties): void {
    const names = this.#seen.get(type) ?? new Set();
    this.#seen.set(type, names);
    for (const path of pathsIn(properties)) names.add(path);
  }

  /** Says what is wrong between the events so far and the models that were asked so far. */
  tell(models: readonly Asked[]): void {
    if (models.length === 0) return;
    const all = models.flatMap(({ spec, decisions }) =>
      listenings(spec).map((one): Listener => ({ ...one, model: spec.name, decisions })),
    );
    const none = `no feature of ${models.map(({ spec }) => spec.name).join(", ")} reads`;
    for (const [type, names] of this.#seen) {
      const listening = all.filter((one) => one.type === type);
      if (listening.length === 0) this.#tellUnheard(none, type, all);
      else this.#tellUnread(none, type, names, listening);
    }
    for (const one of all) if (this.#isMissing(one)) this.#tellMissing(one);
  }

  #isMissing({ type, property }: Listening): boolean {
    const seen = this.#seen.get(type);
    return !seen || (property !== undefined && !seen.has(property));
  }

  #tellUnheard(none: string, type: string, all: readonly Listener[]): void {
    if (!this.#said.mark(`event ${type}`)) return;
    const absent = all.filter((one) => !this.#seen.has(one.type));
    const near = nearName(
      type,
      absent.map((one) => one.type),
    );
    const meant = absent.find((one) => one.type === near);
    if (meant) this.#meant.add(keyOf(meant));
    this.#said.once(
      meant
        ? `${none} the event ${quoted(type)}; feature ${quoted(meant.feature)} of ${meant.model} reads ${quoted(meant.type)}, which did not come. Is one of the two wrong?`
        : `${none} the event ${quoted(type)}: these are the models that this page has asked so far.`,
    );
  }

  #tellUnread(none: string, type: string, names: ReadonlySet<string>, listening: readonly Listener[]): void {
    const read = new Set(listening.map(({ property }) => property));
    const news = [...names].filter((name) => !read.has(name) && this.#said.mark(`event ${type}.${name}`));
    const others: string[] = [];
    for (const name of news) {
      const absent = listening.filter(({ property }) => property !== undefined && !names.has(property));
      const near = nearName(
        name,
        absent.map(({ property }) => property!),
      );
      const meant = absent.find(({ property }) => property === near);
      if (!meant) others.push(name);
      else {
        this.#meant.add(keyOf(meant));
        this.#said.once(
          `${none} ${quoted(name)} of the event ${quoted(type)}; feature ${quoted(meant.feature)} of ${meant.model} reads ${quoted(meant.property!)}, which did not come. Is one of the two wrong?`,
        );
      }
    }
    if (others.length > 0) this.#said.once(`${none} ${list(others)} of the event ${quoted(type)}.`);
  }

  #tellMissing(one: Listener): void {
    const { feature, model, type, property, decisions } = one;
    if (this.#meant.has(keyOf(one))) return;
    const reads = `${model}: feature ${quoted(feature)} reads ${property ? `${quoted(property)} of ` : ""}the event ${quoted(type)}`;
    if (type.startsWith("page-") && !this.#hasSignals)
      this.#said.once(`${reads}, which a page tells of by itself with createClient({ signals: pageSignals }).`);
    else if (!type.startsWith("page-") && decisions >= PATIENCE)
      this.#said.once(`${reads}, which has not come in ${PATIENCE} decisions of this page.`);
  }
}

const keyOf = ({ type, property }: Listening): string => (property === undefined ? type : `${type}.${property}`);
