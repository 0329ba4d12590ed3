/** Whether an answer is the edge's own refusal: what lies before it, such as a CDN, refuses in other words. */
export const isProblem = ({ headers }: Response): boolean =>
  headers.get("content-type")?.startsWith("application/problem+json") ?? false;
