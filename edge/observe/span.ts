import { hex } from "../storage/hex.ts";
import { writeOutput } from "./output.ts";
import { readTraceContext, type TraceContext, traceparentOf } from "./trace-context.ts";

/** A trace as it goes along with a call, as the headers of the W3C's specification. Only what is sampled goes along. */
export type Carrier = { traceparent: string; tracestate: string | null };

/** What a stage has to say. Neither units nor what anybody sent. */
export type StageFields = Record<string, string | number | boolean | null>;

/** One part of a trace: what is done for it at one place. */
export class Span {
  readonly traceId: string;
  readonly spanId: string;
  /** Null where the trace begins. */
  readonly parentId: string | null;
  readonly sampled: boolean;
  readonly state: string | null;

  private constructor(context: TraceContext | null, sampled: boolean) {
    this.traceId = context?.traceId ?? randomHex(16);
    this.spanId = randomHex(8);
    this.parentId = context?.parentId ?? null;
    this.sampled = sampled;
    this.state = context?.state ?? null;
  }

  /** Goes on with a caller's trace, or begins one. @param sampled whether its stages are written down. */
  static begin(context: TraceContext | null, sampled: boolean): Span {
    return new Span(context, sampled);
  }

  /** A part of what a call says that it belongs to. @throws Error when that is no trace. */
  static of({ traceparent, tracestate }: Carrier): Span {
    const context = readTraceContext(traceparent, tracestate ?? undefined);
    if (!context) throw new Error(`${JSON.stringify(traceparent)} is no traceparent`);
    return new Span(context, context.sampled);
  }

  get traceparent(): string {
    return traceparentOf({ traceId: this.traceId, parentId: this.spanId, sampled: this.sampled });
  }

  /** Headers of the answer to a call. */
  get headers(): Record<string, string> {
    const { traceparent, state } = this;
    return { traceparent, traceresponse: traceparent, ...(state && { tracestate: state }) };
  }

  /** What goes along with calls that it makes; null when nobody is to write anything. */
  get carrier(): Carrier | null {
    return this.sampled ? { traceparent: this.traceparent, tracestate: this.state } : null;
  }

  /** Writes one line of a stage that is over, when the trace is sampled. @param duration in seconds. */
  write(stage: string, duration: number, fields: StageFields): void {
    if (!this.sampled) return;
    const { traceId: trace_id, spanId: span_id, parentId: parent_id } = this;
    const seconds = Math.max(0, Math.round(duration * 1e6) / 1e6);
    writeOutput("info", stage, { stage, trace_id, span_id, parent_id, duration: seconds, ...fields });
  }
}

/** Random bytes that are not used yet: to ask for a few each time costs more than all else that a trace does. */
const random = new Uint8Array(2048);
let used = random.length;

/** Never zeros alone, which are no id. */
function randomHex(bytes: number): string {
  if (used + bytes > random.length) {
    crypto.getRandomValues(random);
    used = 0;
  }
  const drawn = hex(random.subarray(used, used + bytes));
  used += bytes;
  return /[1-9a-f]/.test(drawn) ? drawn : `${drawn.slice(1)}1`;
}
