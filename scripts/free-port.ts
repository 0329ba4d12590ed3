import { once } from "node:events";
import { type AddressInfo, createServer } from "node:net";
import { setTimeout } from "node:timers/promises";

/**
 * Makes sure that nobody listens on a port, on any address that `localhost` may stand for.
 * @throws Error naming the port when it stays taken for two seconds (the time a killed server's children need to go).
 */
export async function requireFreePort(host: string, port: number): Promise<void> {
  const addresses = host === "127.0.0.1" ? ["127.0.0.1", "::1"] : [host];
  for (let attempt = 0; ; attempt++) {
    const taken = await Promise.all(addresses.map((address) => isTaken(address, port)));
    if (!taken.includes(true)) return;
    if (attempt === 20)
      throw new Error(`Port ${port} is taken by another program. Choose another one: PORT=${port + 1} npm start`);
    await setTimeout(100);
  }
}

/** A port of 127.0.0.1 that nobody listens on at this moment. */
export async function freePort(): Promise<number> {
  const probe = createServer().listen(0, "127.0.0.1");
  await once(probe, "listening");
  const { port } = probe.address() as AddressInfo;
  probe.close();
  await once(probe, "close");
  return port;
}

function isTaken(host: string, port: number): Promise<boolean> {
  return new Promise((resolve, reject) => {
    const probe = createServer();
    probe.once("error", (error: NodeJS.ErrnoException) => {
      // A machine without IPv6 has no ::1 to be taken.
      if (error.code === "EADDRNOTAVAIL" || error.code === "EAFNOSUPPORT") resolve(false);
      else if (error.code === "EADDRINUSE") resolve(true);
      else reject(new Error(`Cannot listen on ${host} port ${port}: ${error.message}`, { cause: error }));
    });
    probe.listen({ host, port, exclusive: true }, () => probe.close(() => resolve(false)));
  });
}
