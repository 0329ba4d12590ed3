import type { ModelSpec, SessionOperator } from "../../../shared/contract/spec.ts";
import type { Properties } from "../../../shared/contract/values.ts";
import { back } from "./back.ts";
import { dwell } from "./dwell.ts";
import { exposure } from "./exposure.ts";
import { hesitation } from "./hesitation.ts";
import { hidden } from "./hidden.ts";
import { rage } from "./rage.ts";
import { scroll } from "./scroll.ts";
import type { Signal } from "./signal.ts";

/** What a page can tell of by itself, by the type of the event. A spec asks for it by having a session feature of that type. */
const kinds: Readonly<Record<string, Signal>> = {
  "page-back": back,
  "page-dwell": dwell,
  "page-exposure": exposure,
  "page-hesitation": hesitation,
  "page-hidden": hidden,
  "page-rage": rage,
  "page-scroll": scroll,
};

/** Types that were begun for a client, by what ends it. */
const begun = new WeakMap<AbortSignal, Set<string>>();

/**
 * Has a page tell its session what the session features of a model ask of it: nothing is listened to before a spec has such a feature.
 * @param track as `client.track`.
 * @param ended what ends the client, and this with it.
 * @example createClient({ signals: pageSignals })
 */
export function pageSignals(
  spec: ModelSpec,
  track: (type: string, properties?: Properties) => void,
  ended: AbortSignal,
): void {
  // On a server there is no page.
  if (ended.aborted || typeof document === "undefined") return;
  const known = begun.get(ended) ?? new Set();
  begun.set(ended, known);
  for (const type of eventTypes(spec.features)) {
    const signal = Object.hasOwn(kinds, type) ? kinds[type] : undefined;
    if (!signal || known.has(type)) continue;
    known.add(type);
    const end = signal((properties) => track(type, properties));
    ended.addEventListener("abort", end, { once: true });
  }
}

/** The types of the events that operators look at. */
const eventTypes = ({ session, action }: ModelSpec["features"]): string[] => [
  ...Object.values(session).flatMap(typesOf),
  ...Object.values(action).flatMap((operator) => ("event" in operator ? typeIn(operator.event) : [])),
];

function typesOf(operator: SessionOperator): string[] {
  if ("event" in operator) return [operator.event];
  if ("numerator" in operator) return [operator.numerator, operator.denominator];
  return [typeIn(operator.path)];
}

const typeIn = (path: string): string => path.slice(0, path.indexOf("."));
