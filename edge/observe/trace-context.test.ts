import { expect, test } from "vitest";
import { readTraceContext, traceparentOf } from "./trace-context.ts";

const id = "4bf92f3577b34da6a3ce929d0e0e4736";
const parent = "00f067aa0ba902b7";
const valid = `00-${id}-${parent}-01`;

test.each([
  ["version 00", valid, { sampled: true }],
  ["not sampled", `00-${id}-${parent}-00`, { sampled: false }],
  ["flags that are not known", `00-${id}-${parent}-fe`, { sampled: false }],
  ["more flags than sampled", `00-${id}-${parent}-03`, { sampled: true }],
  ["a later version", `cc-${id}-${parent}-01`, { sampled: true }],
  ["a later version with more fields", `cc-${id}-${parent}-01-what-the-future-will-be-like`, { sampled: true }],
  ["spaces around it", ` \t${valid} `, { sampled: true }],
])("goes on with %s", (_, traceparent, { sampled }) => {
  const context = readTraceContext(traceparent, undefined);
  expect(context).toEqual({ traceId: id, parentId: parent, sampled, state: null });
  expect(traceparentOf(context!)).toBe(`00-${id}-${parent}-${sampled ? "01" : "00"}`);
});

test.each([
  ["nothing", undefined],
  ["an empty header", ""],
  ["version ff", `ff-${id}-${parent}-01`],
  ["a trace id of zeros", `00-${"0".repeat(32)}-${parent}-01`],
  ["a parent id of zeros", `00-${id}-${"0".repeat(16)}-01`],
  ["a trace id in upper case", `00-${id.toUpperCase()}-${parent}-01`],
  ["a parent id in upper case", `00-${id}-${parent.toUpperCase()}-01`],
  ["a version in upper case", `CC-${id}-${parent}-01`],
  ["a short trace id", `00-${id.slice(1)}-${parent}-01`],
  ["a long trace id", `00-${id}0-${parent}-01`],
  ["a short parent id", `00-${id}-${parent.slice(1)}-01`],
  ["a long parent id", `00-${id}-${parent}0-01`],
  ["short flags", `00-${id}-${parent}-1`],
  ["flags that are no hex", `00-${id}-${parent}-0x`],
  ["version 00 with more fields", `${valid}-more`],
  ["version 00 with a dash at its end", `${valid}-`],
  ["a later version that goes on without a dash", `cc-${id}-${parent}-01.more`],
  ["a short version", `0-${id}-${parent}-01`],
  ["other characters", `00-${id.replace("4", "g")}-${parent}-01`],
  ["several headers", `${valid}, ${valid}`],
  ["several headers, the first of a later version", `cc-${id}-${parent}-01-x, ${valid}`],
])("begins anew with %s", (_, traceparent) => {
  expect(readTraceContext(traceparent, "vendor=1")).toBeNull();
});

test.each([
  ["one member", "vendor=1", "vendor=1"],
  ["several, from several headers", "a=1,b=2, c=3", "a=1,b=2,c=3"],
  ["empty members and spaces", " a=1 ,, \t,b=2,", "a=1,b=2"],
  ["a tenant", "fw529a3039@dt=FfAxd0", "fw529a3039@dt=FfAxd0"],
  ["all that a value may have", "a=!~ :;<>@[]{}", "a=!~ :;<>@[]{}"],
  ["32 members", Array.from({ length: 32 }, (_, i) => `k${i}=v`).join(","), undefined],
  ["512 characters", `a=${"x".repeat(250)},b=${"y".repeat(257 - 2)}`, undefined],
])("keeps a state: %s", (_, tracestate, kept = tracestate) => {
  expect(readTraceContext(valid, tracestate)?.state).toBe(kept);
});

test.each([
  ["nothing", " , "],
  ["no value", "a"],
  ["an empty value", "a="],
  ["an empty key", "=1"],
  ["a key in upper case", "A=1"],
  ["a key that is too long", `${"a".repeat(257)}=1`],
  ["a value that is too long", `a=${"x".repeat(257)}`],
  ["another equals sign", "a=1=2"],
  ["a key that comes twice", "a=1,b=2,a=3"],
  ["33 members", Array.from({ length: 33 }, (_, i) => `k${i}=v`).join(",")],
  ["more than 512 characters", `a=${"x".repeat(255)},b=${"y".repeat(255)}`],
  ["no ASCII", "a=ü"],
])("drops a state that is none, and goes on with the trace: %s", (_, tracestate) => {
  expect(readTraceContext(valid, tracestate)).toMatchObject({ traceId: id, state: null });
});
