import fc from "fast-check";
import { expect, test } from "vitest";
import { squareCb } from "../../shared/policies/policies.ts";
import { gammaOf, inverseGaps } from "./inverse-gaps.ts";
import { type Contents, type Place, pack, unpack } from "./packed-record.ts";

/** A catalogue in which what was asked for once stands from then on. */
class Remembering implements Contents {
  readonly texts: string[] = [];

  placesOf(texts: readonly string[]): (Place | null)[] {
    return texts.map((text) => {
      const place = this.texts.indexOf(text);
      if (place < 0) this.texts.push(text);
      return place < 0 ? null : { block: 1 + (place % 3), place: Math.floor(place / 3) };
    });
  }

  textAt({ block, place }: Place): string {
    return this.texts[3 * place + block - 1]!;
  }
}

const number = fc.oneof(
  fc.double({ noNaN: true, noDefaultInfinity: true }),
  fc.float({ noNaN: true, noDefaultInfinity: true }),
  fc.integer(),
  fc.constantFrom(0, -0, 1e20, 2 ** 30, -(2 ** 30), 2 ** 53, 5e-324),
);
const text = fc.oneof(
  fc.string({ unit: "binary" }),
  fc.uuid(),
  fc.constantFrom("\0", "\n", "\ud800", "é", '"', "session.1", "session"),
);
const { value } = fc.letrec<{ value: unknown }>((tie) => ({
  value: fc.oneof(
    { maxDepth: 3 },
    text,
    number,
    fc.boolean(),
    fc.constant(null),
    fc.array(number, { maxLength: 40 }),
    fc.array(tie("value"), { maxLength: 4 }),
    fc.dictionary(text, tie("value"), { maxKeys: 4 }),
  ),
}));
const record = fc.record(
  {
    id: text,
    unit: text,
    session: text,
    at: number,
    model: value,
    context: value,
    actions: fc.oneof(fc.array(fc.record({ id: text, features: value }), { maxLength: 12 }), value),
    scores: fc.array(number, { maxLength: 40 }),
    more: value,
  },
  { requiredKeys: [] },
);

test("every record comes back to the letter, whatever is in it", () => {
  let packed = 0;
  fc.assert(
    fc.property(fc.array(record, { minLength: 1, maxLength: 6 }), text, number, (records, id, claimedAt) => {
      const contents = new Remembering();
      const bodies = records.map((each) => JSON.stringify(each));
      const beside = { id, claimedAt };
      // Twice, so that what they have is known.
      const forms = [...bodies, ...bodies].map((body) => [body, pack(body, beside, contents)] as const);
      for (const [body, form] of forms) {
        if (!form) continue;
        packed++;
        expect(unpack(form, beside, contents)).toBe(body);
      }
    }),
    { numRuns: 500 },
  );
  expect(packed).toBeGreaterThan(500);
});

test("what JSON.stringify would write otherwise is not shortened", () => {
  const contents = new Remembering();
  const beside = { id: "s.1", claimedAt: 7 };
  const long = JSON.stringify("a".repeat(100));
  for (const odd of [
    `{"id":"s.1", "unit":"u","context":{"a":${long}}}`,
    `{"id":"s.1","unit":"u","n":1e2,"m":[${Array(99).fill("0.50")}]}`,
    `{"id":"s.1","unit":"u","n":-0,"m":[${Array(99).fill("0.123456789")}]}`,
    `{"id":"s.1","unit":"u","n":1,"n":2,"m":[${Array(99).fill("0.123456789")}]}`,
    `{"id":"s.1","unit":"u","b":${long},"a":"\\ud800"}`,
    `{"id":"s.1","unit":7,"b":${long}}`,
    `[${long}]`,
    "{not json",
    "7",
  ])
    for (let times = 0; times < 3; times++) expect(pack(odd, beside, contents)).toBeNull();
});

test("what only looks like the list of a record is not taken for it", () => {
  const actions = [
    { id: "a", features: { tags: ["x"], scores: ["y"] } },
    { id: "b", features: { text: '"actions":[1],"scores":[2]' } },
  ];
  const list = { actions: ["a".repeat(50)], scores: [1] };
  for (const odd of [
    { context: list, actions },
    { context: { list }, actions, scores: [0.25, 0.5] },
    { context: { text: '"actions":[' }, actions, scores: [0.25, 0.5] },
    { actions: null, more: list },
    { actions: [], scores: [], more: list },
    { actions: actions.slice(1), scores: [0.5], more: { text: ',"actions":[{}],"scores":[' } },
    { context: { actions: 0, scores: [1] }, more: [{ ...list }] },
  ]) {
    const contents = new Remembering();
    const body = JSON.stringify({ id: "s.1", unit: "u", pad: "p".repeat(100), ...odd });
    const beside = { id: "s.1", claimedAt: null };
    // What is written out once stands in the catalogue from then on.
    pack(body, beside, contents);
    expect(unpack(pack(body, beside, contents)!, beside, contents)).toBe(body);
    // Each action of the record's own list is a text of its own, and nothing else is.
    const texts = "actions" in odd && Array.isArray(odd.actions) ? odd.actions.map((one) => JSON.stringify(one)) : [];
    expect(contents.texts.slice(1)).toEqual(texts);
  }
});

test("a record of known actions is their places and its numbers", () => {
  const contents = new Remembering();
  const of = (n: number) => {
    const actions = Array.from({ length: 30 }, (_, i) => ({
      id: `film-${i}`,
      features: { genre: "a drama", year: i },
    }));
    const scores = actions.map((_, i) => Math.sin(n + i));
    const probabilities = inverseGaps(scores, 1000 / 7);
    const floats = scores.map(Math.fround);
    return JSON.stringify({
      id: `session.${n}`,
      unit: "u",
      at: 1.7e12 + n,
      actions,
      scores,
      probabilities,
      graph: { floats },
    });
  };
  const packed = (n: number) => pack(of(n), { id: `session.${n}`, claimedAt: 1.7e12 + n }, contents)!;
  expect(packed(1).length).toBeGreaterThan(30 * 40);
  // 12 bytes a film for score and graph, and some bytes for all else.
  expect(packed(2).length).toBeLessThan(30 * 12 + 120);
});

test("probabilities of inverse gap weighting are one number, and stay what they were to the bit", () => {
  const finite = fc.double({ min: -1e3, max: 1e3, noNaN: true });
  let asOne = 0;
  const runs = 1000;
  fc.assert(
    fc.property(
      fc.array(finite, { minLength: 2, maxLength: 40 }),
      fc.double({ min: 1, max: 1e5, noNaN: true }),
      (scores, gamma) => {
        const probabilities = [
          ...squareCb.distribution({ type: "squareCb", gamma, exponent: 0 }, { scores }, { examples: 1 }),
        ];
        const found = gammaOf(scores, probabilities);
        if (found !== null) {
          asOne++;
          expect(inverseGaps(scores, found)).toEqual(probabilities);
        }
        // One that is another in its last bit is not taken for the same.
        const [first, ...others] = probabilities;
        const other = [first! * (1 + 2 ** -52), ...others];
        const near = gammaOf(scores, other);
        if (near !== null) expect(inverseGaps(scores, near)).toEqual(other);
      },
    ),
    { numRuns: runs },
  );
  expect(asOne).toBeGreaterThan(runs / 4);
});

test("bytes that are no packed record are an error that says so", () => {
  const none = () => unpack(new Uint8Array([1, 0, 5]), { id: "s.1", claimedAt: 1 }, { textAt: () => "" });
  expect(none).toThrow("not a valid packed record: it has no skeleton");
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 60 }), (bytes) => {
      const contents = { textAt: () => "a\0b\0c" };
      try {
        unpack(bytes, { id: "s.1", claimedAt: 1 }, contents);
      } catch (error) {
        expect((error as Error).message).toMatch(/^not a valid packed record: /);
      }
    }),
  );
});
