import fc from "fast-check";
import { expect, test } from "vitest";
import { issuedTo, networkNumber, RANDOM, takenFrom, UNKNOWN } from "../../shared/contract/issued-session.ts";
import { CLOCK_DAYS, SESSION_DAYS, SESSION_MEMORY } from "../../shared/contract/limits.ts";
import { sessionId } from "../../shared/contract/values.ts";
import { networkOf } from "./network.ts";
import { drawOf, isIssued, numberOf, sessionIdOf } from "./session-id.ts";

const DAY = 24 * 3_600_000;
const now = Date.UTC(2026, 10, 29, 12);
const secretOf = (byte: number) =>
  crypto.subtle.importKey("raw", new Uint8Array(32).fill(byte), { name: "HMAC", hash: "SHA-256" }, false, ["sign"]);
const random = (byte: number) => new Uint8Array(RANDOM).fill(byte);

test("a session is known again by its secret alone, as long as it is young enough", async () => {
  const [ours, next, other] = [await secretOf(1), await secretOf(2), await secretOf(3)];
  const session = await sessionIdOf(ours, random(7), 517, now);
  expect(session).toMatch(/^[\w-]{40}$/);
  expect(sessionId.safeParse(session).success).toBe(true);
  for (const [secrets, days, known] of [
    [[ours], 0, true],
    [[other], 0, false],
    // During a rotation.
    [[ours, next], 0, true],
    [[next, ours], 0, true],
    [[], 0, false],
    [[ours], SESSION_DAYS, true],
    [[ours], SESSION_DAYS + 1, false],
    // A clock that is behind the one that issued it.
    [[ours], -1, true],
    [[ours], -2, false],
  ] as const)
    expect(await isIssued(secrets, session, now + days * DAY), JSON.stringify([days, known])).toBe(known);
});

test("nothing else is taken for one: not one with a character changed, nor any other text", async () => {
  const secret = await secretOf(1);
  const session = await sessionIdOf(secret, random(9), 65_535, now);
  const alphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";
  for (let at = 0; at < session.length; at++)
    for (const character of alphabet) {
      const changed = session.slice(0, at) + character + session.slice(at + 1);
      if (changed !== session) expect(await isIssued([secret], changed, now), changed).toBe(false);
    }
  const texts = fc.oneof(
    fc.string(),
    fc.string({ unit: "grapheme", minLength: 40, maxLength: 40 }),
    fc.uint8Array({ minLength: 30, maxLength: 30 }).map((bytes) => btoa(String.fromCharCode(...bytes))),
  );
  await fc.assert(fc.asyncProperty(texts, async (text) => !(await isIssued([secret], text, now))));
  for (const text of ["", `${session}=`, session.slice(1), `${session}A`])
    expect(await isIssued([secret], text, now)).toBe(false);
});

test("a session says whom it was issued to, as long as it is taken", async () => {
  const secret = await secretOf(1);
  for (const to of [0, 1, 2, 255, 256, 4660, UNKNOWN - 1, UNKNOWN]) {
    const session = await sessionIdOf(secret, random(to % 256), to, now);
    expect([session, issuedTo(session, now), issuedTo(session, now + SESSION_DAYS * DAY)]).toEqual([session, to, to]);
    expect(issuedTo(session, now + (SESSION_DAYS + 1) * DAY)).toBe(null);
    expect(issuedTo(session, now - 2 * DAY)).toBe(null);
  }
  for (const id of ["order-1001", "", "a".repeat(39), "+".repeat(40), "da39a3ee5e6b4b0d3255bfef95601890afd80709"])
    expect(issuedTo(id, now), id).toBe(null);
});

test("what was taken is known for what it is by clocks that differ, and remembered for as long as more of it may come", async () => {
  const secret = await secretOf(1);
  const session = await sessionIdOf(secret, random(1), 517, now);
  const days = fc.integer({ min: -2, max: SESSION_DAYS + 2 });
  const apart = fc.integer({ min: -CLOCK_DAYS, max: CLOCK_DAYS });
  fc.assert(
    fc.property(days, apart, (age, differ) => {
      if (issuedTo(session, now + age * DAY) === 517) expect(takenFrom(session, now + (age + differ) * DAY)).toBe(517);
    }),
  );
  expect(takenFrom(session, now + (SESSION_DAYS + CLOCK_DAYS + 1) * DAY)).toBe(null);
  const lastTaken = (SESSION_DAYS + 1) * DAY - 1;
  expect(issuedTo(session, now - (now % DAY) + lastTaken)).toBe(517);
  expect(SESSION_MEMORY).toBeGreaterThan(lastTaken);
});

test("a network has one number by one secret, which is none that means something else", async () => {
  const [ours, next] = [await secretOf(1), await secretOf(2)];
  expect(await numberOf(ours, "203.0.113.0/24")).toBe(await numberOf(ours, "203.0.113.0/24"));
  const numbers = async (secret: CryptoKey) =>
    Promise.all(Array.from({ length: 8 }, (_, i) => numberOf(secret, `10.0.${i}.0/24`)));
  expect(new Set([...(await numbers(ours)), ...(await numbers(next))]).size).toBeGreaterThan(14);
  for (let bits = 0; bits < 2 ** 16; bits++) {
    const number = networkNumber(bits);
    if (!(number > 1 && number < UNKNOWN)) throw new Error(`${bits} is ${number}`);
  }
});

test.each([
  ["203.0.113.7", "203.0.113.0/24"],
  ["::ffff:203.0.113.7", "203.0.113.0/24"],
  ["2001:db8:1:2:3:4:5:6", "2001:db8:1::/48"],
  ["2001:0DB8:0001::1", "2001:db8:1::/48"],
  ["2001:db8::1", "2001:db8:0::/48"],
  ["2001::", "2001:0:0::/48"],
  ["64:ff9b::1", "64:ff9b:0::/48"],
  ["127.0.0.1", null],
  ["::1", null],
  ["", null],
  ["unknown", null],
  ["203.0.113", null],
])("the network of %s is %s", (address, network) => {
  expect(networkOf(address)).toBe(network);
});

test("draws are ids with a number, written in one way only", () => {
  expect(drawOf("s.10")).toEqual({ session: "s", n: 10, slot: 0 });
  expect(drawOf("s.10.7")).toEqual({ session: "s", n: 10, slot: 7 });
  for (const id of ["s.0", "s.7", "s.10.1", "s.999999999.19"]) expect(drawOf(id), id).not.toBeNull();
  for (const id of [
    "s",
    "s.",
    ".1",
    "s.00",
    "s.01",
    "s.1.0",
    "s.1.01",
    "s.1.100",
    "s.-1",
    "s.1e3",
    "s.1.",
    "s.1.2.3",
    "s. 1",
    "s.1\n",
    "s.٣",
  ])
    expect(drawOf(id), id).toBeNull();
});
