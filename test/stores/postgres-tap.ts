import { once } from "node:events";
import { connect, createServer, type AddressInfo } from "node:net";

/** A way to a PostgreSQL server that notes what it is asked. */
export interface PostgresTap {
  /** The URL that leads through it. */
  readonly url: string;
  /** Every statement that was begun, in order. */
  readonly statements: readonly string[];
  close(): void;
}

/** @see https://www.postgresql.org/docs/current/protocol-message-formats.html */
export async function tapPostgres(url: string): Promise<PostgresTap> {
  const target = new URL(url);
  const statements: string[] = [];
  const server = createServer((near) => {
    const far = connect(Number(target.port), target.hostname);
    const read = createReader((text) => void statements.push(text));
    near.on("data", (data) => {
      read(data);
      far.write(data);
    });
    far.on("data", (data) => near.write(data));
    for (const [one, other] of [
      [near, far],
      [far, near],
    ] as const) {
      one.on("error", () => undefined);
      one.on("close", () => other.destroy());
    }
  }).listen(0, "127.0.0.1");
  await once(server, "listening");
  const near = new URL(url);
  near.port = String((server.address() as AddressInfo).port);
  return { url: near.href, statements, close: () => void server.close() };
}

/** Reads the messages of one client; the first has no type. */
function createReader(asked: (statement: string) => void): (data: Buffer) => void {
  const prepared = new Map<string, string>();
  const portals = new Map<string, string>();
  let rest: Buffer = Buffer.alloc(0);
  let head = 0;
  const take = (): { type: string; body: Buffer } | undefined => {
    if (rest.length < head + 4) return undefined;
    const end = head + rest.readInt32BE(head);
    if (rest.length < end) return undefined;
    const message = { type: head === 0 ? "" : String.fromCharCode(rest[0] ?? 0), body: rest };
    message.body = rest.subarray(head + 4, end);
    rest = rest.subarray(end);
    head = 1;
    return message;
  };
  return (data) => {
    rest = Buffer.concat([rest, data]);
    for (let message = take(); message !== undefined; message = take()) {
      const [first = "", second = ""] = message.body.toString("utf8").split("\0");
      if (message.type === "Q") asked(first);
      else if (message.type === "P") prepared.set(first, second);
      else if (message.type === "B") portals.set(first, second);
      else if (message.type === "E") asked(prepared.get(portals.get(first) ?? "") ?? "");
    }
  };
}
