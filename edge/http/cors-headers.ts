/** Headers of every answer. @param origin whose pages may read it; null: nobody's. */
export const corsHeaders = (origin: string | null): Record<string, string> => ({
  vary: "origin",
  // So pages know that they may send bodies compressed (RFC 7694).
  "accept-encoding": "gzip",
  ...(origin !== null && {
    "access-control-allow-origin": origin,
    "access-control-expose-headers":
      "accept-encoding, etag, retry-after, server-timing, traceparent, traceresponse, tracestate",
  }),
});
