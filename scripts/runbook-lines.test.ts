import { globSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";

/** The lines that the runbook tells operators of, and those that the code writes. */

const root = join(import.meta.dirname, "..");
const runbook = readFileSync(join(root, "docs/runbook.md"), "utf8");

/** Texts in the code; of templates, what they are filled in as. */
const written: { text: string; whole: RegExp }[] = globSync("{edge,cli}/**/*.ts", { cwd: root })
  .filter((file) => !file.endsWith(".test.ts"))
  .flatMap((file) => [...readFileSync(join(root, file), "utf8").matchAll(/(["'`])((?:(?!\1)[^\\\n]|\\.)*)\1/g)])
  .map(([, , text]) => text!)
  .filter(
    (text) =>
      text
        .replace(/\$\{[^}]*\}/g, "")
        .trim()
        .split(" ").length >= 4,
  )
  .map((text) => ({
    text,
    whole: new RegExp(
      `^${text
        .split(/\$\{[^}]*\}/)
        .map((fixed) => fixed.replace(/[.*+?^${}()|[\]\\]/g, "\\$&"))
        .join(".+")}$`,
    ),
  }));

/** What it quotes that reads like a line: words, and neither a command nor a setting. Of those that are cut off, what is there. */
const quoted = [...runbook.matchAll(/(?<!`)`([^`]+)`(?!`)/g)]
  .map(([, text]) => text!.replace(/\s+/g, " "))
  .filter((text) => /^(a|an|the|this|what|units|rows|files|state|learner|is of) [a-z'][^=]* [a-z]/.test(text))
  .map((text) => text.replace(/[,:]? \.\.\.$/, ""));

const isWritten = (line: string): boolean => written.some(({ text, whole }) => text.includes(line) || whole.test(line));

test("each line that the runbook quotes is one that the code writes", () => {
  expect(quoted.length).toBeGreaterThan(25);
  expect(new Set(quoted).size).toBeGreaterThan(15);
  for (const line of new Set(quoted)) expect(isWritten(line), line).toBe(true);
  expect(quoted).toContain(
    "the store has files of another log under this partition's name, which are left as they are",
  );
});
