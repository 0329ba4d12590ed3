import { processMemory } from "./process-memory.ts";

/** MiB. `resident`: what the runtime has of the machine; `heap`, `buffers`: what is in use in its Worker. */
export type Memory = { resident: number; heap: number; buffers: number };

/** What a server's runtime has at the moment. @param workerd its process. */
export async function memoryMiB(workerd: number, port: number): Promise<Memory> {
  return { resident: processMemory(workerd) / 2 ** 20, ...(await heapMiB(port)) };
}

/**
 * MiB of JavaScript's heap that are in use in a Worker after all that nobody needs was collected, and the buffers that it holds outside: what resident memory does not
 * tell from what V8 has not collected yet, or keeps for later.
 * @param port of the server's inspector, INSPECTOR_PORT.
 */
async function heapMiB(port: number): Promise<Omit<Memory, "resident">> {
  const targets = (await (await fetch(`http://127.0.0.1:${port}/json`)).json()) as { webSocketDebuggerUrl: string }[];
  const worker = targets.find(({ webSocketDebuggerUrl }) => !webSocketDebuggerUrl.endsWith("-assets"));
  if (!worker) throw new Error("the inspector knows of no Worker");
  const socket = new WebSocket(worker.webSocketDebuggerUrl);
  await new Promise((opened, failed) => {
    socket.addEventListener("open", opened);
    socket.addEventListener("error", failed);
  });
  let next = 0;
  const call = <T>(method: string): Promise<T> =>
    new Promise((answered) => {
      const id = ++next;
      socket.addEventListener("message", ({ data }) => {
        const message = JSON.parse(String(data)) as { id?: number; result?: T };
        if (message.id === id) answered(message.result!);
      });
      socket.send(JSON.stringify({ id, method }));
    });
  try {
    await call("HeapProfiler.collectGarbage");
    const { usedSize, backingStorageSize = 0 } = await call<{ usedSize: number; backingStorageSize?: number }>(
      "Runtime.getHeapUsage",
    );
    return { heap: usedSize / 2 ** 20, buffers: backingStorageSize / 2 ** 20 };
  } finally {
    socket.close();
  }
}
