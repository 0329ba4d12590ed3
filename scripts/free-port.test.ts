import { once } from "node:events";
import { type AddressInfo, createServer } from "node:net";
import { expect, test } from "vitest";
import { requireFreePort } from "./free-port.ts";

test("passes when nobody listens and says which port is taken when somebody does", async () => {
  const server = createServer().listen(0, "127.0.0.1");
  await once(server, "listening");
  const { port } = server.address() as AddressInfo;
  await expect(requireFreePort("127.0.0.1", port)).rejects.toThrow(`Port ${port} is taken`);
  server.close();
  await once(server, "close");
  await expect(requireFreePort("127.0.0.1", port)).resolves.toBeUndefined();
});

test("waits for a port that is about to become free", async () => {
  const server = createServer().listen(0, "127.0.0.1");
  await once(server, "listening");
  const { port } = server.address() as AddressInfo;
  setTimeout(() => server.close(), 150);
  await expect(requireFreePort("127.0.0.1", port)).resolves.toBeUndefined();
});
