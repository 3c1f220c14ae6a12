import { once } from "node:events";
import { createServer, type RequestListener, type Server } from "node:http";
import type { AddressInfo } from "node:net";

/** A browser sends what other services of this host have set, too. */
const LONGEST_HEAD = 1_000_000;
/** How many free ports are tried: one may be taken on the other of the two addresses. */
const TRIES = 5;

/** A server of this machine's two addresses, of which `localhost` may be either. */
export interface LoopbackServer {
  readonly port: number;
  close(): Promise<void>;
}

/**
 * Listens on 127.0.0.1, and on ::1 where there is one: a browser that asks for `localhost` must not
 * meet another program there.
 *
 * @param port 0 for one that is free
 */
export async function listenOnLoopback(
  port: number,
  listener: RequestListener,
): Promise<LoopbackServer> {
  for (let left = TRIES; ; left -= 1) {
    const first = await listenOn({ host: "127.0.0.1", port }, listener);
    const own = (first.address() as AddressInfo).port;
    try {
      const second = await listenOn({ host: "::1", port: own }, listener);
      return serverOf(own, [first, second]);
    } catch (error) {
      const { code } = error as NodeJS.ErrnoException;
      if (code !== "EADDRINUSE") return serverOf(own, [first]);
      await close(first);
      if (port !== 0 || left === 1) throw error;
    }
  }
}

async function listenOn(
  where: { host: string; port: number },
  listener: RequestListener,
): Promise<Server> {
  const server = createServer({ maxHeaderSize: LONGEST_HEAD }, listener);
  server.listen(where.port, where.host);
  await once(server, "listening");
  return server;
}

function serverOf(port: number, servers: readonly Server[]): LoopbackServer {
  return {
    port,
    async close() {
      await Promise.all(servers.map((server) => close(server)));
    },
  };
}

async function close(server: Server): Promise<void> {
  server.close();
  server.closeAllConnections();
  await once(server, "close");
}
