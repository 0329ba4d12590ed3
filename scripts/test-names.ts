/** A test or a group of them, or the end of a table of tests, with its name. */
const DEFINED =
  /^([ \t]*)(?:(describe|test)(?:\.\w+)*(?:<[^\n]*>)?(?:\((?:[^()"'`]|\([^()]*\))*\))?|[\]}](?: as const)?\))\(\s*(["'`])((?:\\.|(?!\3).)+)\3/gm;

/**
 * The names of the tests of a file, and of their groups, in order: groups and tests joined by " > ", as Vitest prints them. Tests of a table have the name
 * that all of them share (`%s: who may call it`). Groups are told by their indentation, which Biome sees to.
 * @param source of the test file.
 */
export function testNames(source: string): string[] {
  const groups: { indentation: number; name: string }[] = [];
  const names: string[] = [];
  for (const [, space, kind, , written] of source.matchAll(DEFINED)) {
    const indentation = space!.length;
    while (groups.length > 0 && groups.at(-1)!.indentation >= indentation) groups.pop();
    const name = written!.replace(/\\(.)/g, "$1");
    names.push([...groups.map((group) => group.name), name].join(" > "));
    if (kind === "describe") groups.push({ indentation, name });
  }
  return names;
}
