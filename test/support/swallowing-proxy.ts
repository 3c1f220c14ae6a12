import { once } from "node:events";
import { connect, createServer, type AddressInfo, type Socket } from "node:net";

/** A way to a server whose near end can be lost without the far end being told. */
export interface Swallowing {
  url: string;
  /** From now on nothing comes through, and no end of a connection either. */
  swallow(): void;
  close(): void;
}

export async function openSwallowing(url: string): Promise<Swallowing> {
  const target = new URL(url);
  const sockets = new Set<Socket>();
  let swallows = false;
  const server = createServer((near) => {
    const far = connect(Number(target.port), target.hostname);
    for (const [from, to] of [
      [near, far],
      [far, near],
    ] as const) {
      sockets.add(from);
      from.on("error", () => undefined);
      from.on("data", (data) => swallows || to.write(data));
      from.on("close", () => swallows || to.destroy());
    }
  }).listen(0, "127.0.0.1");
  await once(server, "listening");
  const way = new URL(url);
  way.port = String((server.address() as AddressInfo).port);
  return {
    url: way.href,
    swallow() {
      swallows = true;
    },
    close() {
      for (const socket of sockets) socket.destroy();
      server.close();
    },
  };
}
