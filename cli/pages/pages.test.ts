import { expect, test } from "vitest";
import { pagesCommand } from "./pages.ts";

test("says what is missing: a folder, its being there, the package", async () => {
  await expect(pagesCommand([])).rejects.toThrow("Name the folder of the built page.");
  await expect(pagesCommand(["dist", "more"])).rejects.toThrow('nobody knows what "more" would mean');
  await expect(pagesCommand(["no-such-folder"])).rejects.toThrow(
    "There is no folder no-such-folder: build the page first",
  );
  await expect(pagesCommand([import.meta.dirname])).rejects.toThrow("built with the package: npm run package");
});
