/** The Server-Timing header of a decision: how long scoring and logging took, in milliseconds. https://www.w3.org/TR/server-timing/ */
export const serverTiming = (timings: Record<string, number>): Record<string, string> => ({
  "server-timing": Object.entries(timings)
    .map(([name, duration]) => `${name};dur=${duration.toFixed(3)}`)
    .join(", "),
});
