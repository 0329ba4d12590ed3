import { build } from "esbuild";
import { expect, test } from "vitest";
import { entries, inBrowsers, peers } from "./bundles.ts";

/** What came after ES2022, or after the browsers that docs/package.md names, and would end a page there; esbuild writes newer syntax in older words, and leaves calls as they are. */
const NEWER = [
  ...["toSorted", "toReversed", "toSpliced", "findLast", "findLastIndex", "isWellFormed", "toWellFormed"],
  ...["canParse", "withResolvers", "fromAsync", "groupBy", "isSubsetOf", "isDisjointFrom", "symmetricDifference"],
  ...["any", "fromBase64", "toBase64", "fromHex", "toHex", "transfer", "hasIndices"],
];

test("the binding for React says that it is for pages, as servers that render components ask", async () => {
  const { outputFiles } = await build({
    ...inBrowsers,
    entryPoints: { react: entries.react, index: entries.index },
    splitting: true,
    external: [...peers],
    write: false,
    outdir: "out",
  });
  expect(outputFiles.find(({ path }) => path.endsWith("/react.js"))!.text).toMatch(/^"use client";/);
});

test("what pages load calls nothing that is newer than the browsers that it is for", async () => {
  const { define: _, ...pages } = entries;
  const { outputFiles } = await build({
    ...inBrowsers,
    entryPoints: pages,
    splitting: true,
    external: [...peers],
    write: false,
    outdir: "out",
  });
  const called = new Set(
    outputFiles.flatMap(({ text }) => [...text.matchAll(/\.([a-zA-Z]\w+)\(/g)].map(([, name]) => name!)),
  );
  expect(called.size).toBeGreaterThan(100);
  expect(NEWER.filter((name) => called.has(name))).toEqual([]);
});
