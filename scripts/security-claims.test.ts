import { readFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import { testNames } from "./test-names.ts";

/** docs/security.md and the tests that show what it says. */

const docs = join(import.meta.dirname, "../docs");
/** The section of what is not prevented: there is nothing to show. */
const WEAKNESSES = "## What nothing prevents";
const DEFINITION = /^\[([^\]]+)\]: (\S+?)(?: "(.*)")?$/;
const REFERENCE = /\[([^\]]+)\](?!\()/g;

type Shown = { path: string; name: string | undefined };
type Claims = { sentences: string[]; shown: Map<string, Shown> };

/** Sentences of the text between its title's paragraphs and its weaknesses, without code and links, and what is named at its end. */
function claimsOf(text: string): Claims {
  const shown = new Map<string, Shown>();
  const lines = text.split("\n").filter((line) => {
    const match = DEFINITION.exec(line);
    if (match) shown.set(match[1]!, { path: match[2]!, name: match[3] });
    return !match;
  });
  const prose = lines
    .join("\n")
    .replace(/`[^`]*`/g, "CODE")
    .replace(/\[([^\]]*)\]\([^)]*\)/g, "$1");
  const claims = prose.slice(prose.indexOf("\n## "), prose.indexOf(WEAKNESSES));
  const paragraphs = claims.split(/\n\s*\n|\n(?=- )/).map((paragraph) => paragraph.replace(/\s+/g, " ").trim());
  const sentences = paragraphs
    .filter((paragraph) => paragraph !== "" && !paragraph.startsWith("#"))
    // A sentence ends with a period before a capital, a digit or what is bold; what stands in brackets behind it is still of it.
    .flatMap((paragraph) => paragraph.split(/(?<=[.!?][*)]*(?: \[[^\]]+\])*)\s+(?=[A-Z0-9*(])/));
  return { sentences, shown };
}

const references = (sentence: string): string[] => [...sentence.matchAll(REFERENCE)].map(([, name]) => name!);

/** What is wrong with a text: empty when every sentence is shown. @param read the source of a test or bench. @throws Error when there is no such file. */
function faultsOf(text: string, read: (path: string) => string): string[] {
  const { sentences, shown } = claimsOf(text);
  const faults: string[] = [];
  const used = new Set<string>();
  for (const sentence of sentences) {
    const names = references(sentence);
    if (names.length === 0) faults.push(`no test: ${sentence}`);
    for (const name of names) {
      used.add(name);
      if (!shown.has(name)) faults.push(`[${name}] is nowhere: ${sentence}`);
    }
  }
  for (const [name, { path, name: test }] of shown) {
    if (!used.has(name)) faults.push(`[${name}] shows nothing`);
    let source: string;
    try {
      source = read(path);
    } catch {
      faults.push(`[${name}]: there is no ${path}`);
      continue;
    }
    if (path.startsWith("../bench/")) continue;
    if (test === undefined || !testNames(source).includes(test))
      faults.push(`[${name}]: ${path} has no test "${test}"`);
  }
  return faults;
}

const security = readFileSync(join(docs, "security.md"), "utf8");
const read = (path: string) => readFileSync(join(docs, path), "utf8");

test("every sentence of docs/security.md names a test that there is", () => {
  const { sentences, shown } = claimsOf(security);
  // Were the text not understood, there would be nothing to hold.
  expect(sentences.length).toBeGreaterThan(80);
  expect(shown.size).toBeGreaterThan(60);
  expect(faultsOf(security, read)).toEqual([]);
});

test("a sentence without a test is found, and a test that is gone, or never was named", () => {
  const source = `
describe("a door", () => {
  test.each([
    ["a"],
  ])("is shut to %s", () => {});
  test("opens", async () => {});
});
`;
  const text = (body: string, definitions: string) =>
    `# Doors\n\nOf doors.\n\n## Doors\n\n${body}\n\n## What nothing prevents\n\n- Windows.\n\n${definitions}\n`;
  const faults = (body: string, definitions: string) =>
    faultsOf(text(body, definitions), (path) => {
      if (path !== "../door.test.ts" && path !== "../bench/door.ts") throw new Error("not there");
      return source;
    });
  const shut = '[shut]: ../door.test.ts "a door > is shut to %s"';
  expect(
    faults("**It is shut** to `all. Of us` [shut]. It is so\nby day [shut], and ([by](night.md)) night.", shut),
  ).toEqual([]);
  expect(faults("It is fast.\nIt took 3 ms [fast].", "[fast]: ../bench/door.ts")).toEqual(["no test: It is fast."]);
  expect(faults("It is shut [shut]. Nobody comes in.", shut)).toEqual(["no test: Nobody comes in."]);
  expect(faults("It is shut [shut].\n- And green.", shut)).toEqual(["no test: - And green."]);
  expect(faults("It is shut [closed].", shut)).toEqual([
    "[closed] is nowhere: It is shut [closed].",
    "[shut] shows nothing",
  ]);
  expect(faults("It is shut [shut].", '[shut]: ../door.test.ts "is shut to %s"')).toHaveLength(1);
  expect(faults("It is shut [shut].", "[shut]: ../door.test.ts")).toHaveLength(1);
  expect(faults("It is shut [shut].", '[shut]: ../gate.test.ts "a door > opens"')).toEqual([
    "[shut]: there is no ../gate.test.ts",
  ]);
  expect(faults("It opens [opens].", '[opens]: ../door.test.ts "a door > opens"')).toEqual([]);
});
