/**
 * What another object answered, as this object's own answer. The runtime gives each answer of another a disposer, and keeps an answer that has one for whoever it is returned to, until that
 * one disposes of it: who does not, as for plain data, leaves all of it in memory for as long as the object lives.
 * https://developers.cloudflare.com/workers/runtime-apis/rpc/lifecycle/
 *
 * @param answer plain data: what it has of stubs ends with this.
 */
export function passedOn<T>(answer: T): T {
  if (typeof answer !== "object" || answer === null) return answer;
  const owned = answer as Partial<Disposable>;
  owned[Symbol.dispose]?.();
  delete owned[Symbol.dispose];
  return answer;
}
