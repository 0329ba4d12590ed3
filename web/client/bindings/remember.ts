/** How many a binding remembers, the newest: a page that lives long, and a server, may have had any number. */
const MAX_REMEMBERED = 1000;

/** Keeps a value as the newest. */
export function remember<V>(map: Map<string, V>, key: string, value: V): void {
  map.delete(key);
  map.set(key, value);
  if (map.size > MAX_REMEMBERED) map.delete(map.keys().next().value!);
}
