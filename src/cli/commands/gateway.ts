import { createGatewayApp } from "../../app/gateway-app.ts";
import { serveStdio, takeStdout } from "../../mcp/stdio.ts";
import { appOptions } from "../desk.ts";
import type { Given } from "../literals.ts";
import { beFound } from "../serve-inbox.ts";
import type { CommandContext } from "../terminal.ts";

/** Offers the tools of other servers, as themselves, until the client is gone. */
export async function run(given: Given<"gateway">, { env, log }: CommandContext): Promise<number> {
  const wire = takeStdout();
  let forget: (() => void) | undefined;
  const app = await createGatewayApp({
    ...appOptions(given, { env, log }),
    holdSeconds: given.hold,
    async opened(service) {
      log.info(`calls are kept in ${service.location}`);
      forget = await beFound({ service, env, log }, undefined);
    },
  });
  for (const note of app.notes) log.info(note);
  const { face } = app;
  await serveStdio({
    face,
    log,
    stdin: process.stdin,
    wire,
    transport: face.connect(process.stdin, wire),
    async shutDown(graceMs) {
      forget?.();
      await app.close(graceMs);
    },
  });
  // A tool that ignores its signal must not keep the process: what it did is in doubt then.
  process.exit(0);
}
