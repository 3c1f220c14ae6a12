import { createServer, type ServerResponse } from "node:http";
import { once } from "node:events";
import type { AddressInfo } from "node:net";

import { afterEach } from "vitest";

/** Holds whoever asks at its address until the test lets them go. */
export interface Gate {
  readonly url: string;
  /** Resolves when somebody has come. */
  readonly arrived: Promise<void>;
  /** Lets all go, those who come later too. */
  open(): void;
}

/** Makes gates; to be called where tests are declared. */
export function useGates(): () => Promise<Gate> {
  const closing: (() => void)[] = [];
  afterEach(() => {
    for (const close of closing.splice(0)) close();
  });
  return async () => {
    const { promise: arrived, resolve: arrive } = Promise.withResolvers<void>();
    const held: ServerResponse[] = [];
    let isOpen = false;
    const server = createServer((_request, response) => {
      arrive();
      if (isOpen) response.end("go");
      else held.push(response);
    });
    server.listen(0, "127.0.0.1");
    await once(server, "listening");
    closing.push(() => {
      server.closeAllConnections();
      server.close();
    });
    return {
      url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
      arrived,
      open() {
        isOpen = true;
        for (const response of held.splice(0)) response.end("go");
      },
    };
  };
}
