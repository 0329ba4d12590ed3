import { registerHooks } from "node:module";

/** A change of the product's text: where, what, and what stands there instead. */
export type Edit = { file: string; find: string; replace: string };

/** Gives modules `cloudflare:workers` as it is simulated, and changes of the product's text what is asked for. To be called before they are loaded. */
export function replaceModules(edits: readonly Edit[]): void {
  const workers = new URL("./workers.ts", import.meta.url).href;
  const root = new URL("../../", import.meta.url).href;
  registerHooks({
    resolve: (specifier, context, next) =>
      specifier === "cloudflare:workers" ? { url: workers, shortCircuit: true } : next(specifier, context),
    load: (url, context, next) => {
      const loaded = next(url, context);
      const own = edits.filter(({ file }) => url === root + file);
      if (own.length === 0) return loaded;
      let text =
        typeof loaded.source === "string" ? loaded.source : new TextDecoder().decode(loaded.source as Uint8Array);
      for (const { file, find, replace } of own) {
        if (!text.includes(find))
          throw new Error(`${file} has no ${JSON.stringify(find)} any more: the fault must be put in anew`);
        text = text.replace(find, () => replace);
      }
      return { ...loaded, source: text };
    },
  });
}
