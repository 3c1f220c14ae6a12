import type { ServerResponse } from "node:http";

import { guardHeaders } from "../http/guard.ts";
import type { RunService } from "../runs/run-service.ts";

/** Changes come in bursts; a page is told of each burst once. */
const SETTLE_MS = 100;
const HEARTBEAT_MS = 15_000;

/** Tells pages, by server-sent events, that something changed. */
export interface PageEvents {
  add(response: ServerResponse): void;
  close(): void;
}

export function createPageEvents(service: RunService): PageEvents {
  const pages = new Set<ServerResponse>();
  let unlisten: (() => void) | undefined;
  let settling: NodeJS.Timeout | undefined;
  const write = (text: string): void => {
    for (const page of pages) page.write(text);
  };
  const tell = (): void => {
    settling ??= setTimeout(() => {
      settling = undefined;
      write("event: changed\ndata: \n\n");
    }, SETTLE_MS);
  };
  const heartbeat = setInterval(() => write(": here\n\n"), HEARTBEAT_MS);
  heartbeat.unref();
  return {
    add(response) {
      response.writeHead(200, { ...guardHeaders, "content-type": "text/event-stream" });
      response.write("retry: 1000\n\nevent: changed\ndata: \n\n");
      pages.add(response);
      // The store is looked at only while somebody watches.
      unlisten ??= service.onChange(tell);
      response.on("close", () => {
        pages.delete(response);
        if (pages.size > 0) return;
        unlisten?.();
        unlisten = undefined;
      });
    },
    close() {
      clearInterval(heartbeat);
      clearTimeout(settling);
      unlisten?.();
      for (const page of pages) page.end();
    },
  };
}
