import { randomBytes } from "node:crypto";
import { once } from "node:events";
import { chmodSync, rmSync } from "node:fs";
import { connect, createServer } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { text } from "node:stream/consumers";

import { approverLevels, type ApproverLevel } from "../engine/vocabulary.ts";
import { makeDirectory } from "../lib/make-directory.ts";

/** The longest address of a socket, on every system. */
const LONGEST = 100;
const ASK_MS = 3_000;

/** Where terminals of this user ask for a link of an inbox. */
export interface Links {
  readonly place: string;
  close(): void;
}

/** Gives links to whoever may open the socket: this user. */
export async function serveLinks(
  stateDirectory: string,
  give: (level: ApproverLevel) => string,
): Promise<Links> {
  const place = placeIn(stateDirectory);
  const server = createServer({ allowHalfOpen: true }, (socket) => {
    socket.on("error", () => socket.destroy());
    socket.setTimeout(ASK_MS, () => socket.destroy());
    socket.once("data", (asked: Buffer) => {
      const level = approverLevels.find((each) => each === asked.toString("utf8").trim());
      socket.end(level === undefined ? "" : give(level));
    });
  });
  server.listen(place);
  await once(server, "listening");
  if (process.platform !== "win32") chmodSync(place, 0o600);
  server.unref();
  return {
    place,
    close() {
      server.close();
      if (process.platform !== "win32") rmSync(place, { force: true });
    },
  };
}

function placeIn(stateDirectory: string): string {
  const name = `holdpoint-${randomBytes(12).toString("hex")}`;
  if (process.platform === "win32") return `\\\\.\\pipe\\${name}`;
  const directory = join(stateDirectory, "servers");
  makeDirectory(directory);
  const own = join(directory, `${process.pid}.sock`);
  if (own.length > LONGEST) return join(tmpdir(), `${name}.sock`);
  rmSync(own, { force: true });
  return own;
}

/** A link of the inbox there, whose sessions then have this level; `undefined` where none answers. */
export async function askForLink(place: string, level: ApproverLevel): Promise<string | undefined> {
  const socket = connect(place);
  socket.setTimeout(ASK_MS, () => socket.destroy());
  try {
    await once(socket, "connect");
    socket.end(`${level}\n`);
    const link = await text(socket);
    return link.startsWith("http://") ? link : undefined;
  } catch {
    return undefined;
  } finally {
    socket.destroy();
  }
}
