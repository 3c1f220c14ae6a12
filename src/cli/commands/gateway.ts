import { createGatewayApp } from "../../app/gateway-app.ts";
import { serveStdio, takeStdout } from "../../mcp/stdio.ts";
import { parseCommand, parseSeconds, storeOption } from "../options.ts";
import { beFound } from "../serve-inbox.ts";
import type { CommandContext } from "../terminal.ts";

/** Offers the tools of other servers, as themselves, until the client is gone. */
export async function run(args: string[], { env, log }: CommandContext): Promise<number> {
  const wire = takeStdout();
  const { values } = parseCommand(args, {
    options: { ...storeOption, hold: { type: "string" } },
  });
  let forget: (() => void) | undefined;
  const app = await createGatewayApp({
    store: values.store,
    configFile: values.config,
    noConfig: values["no-config"],
    holdSeconds: parseSeconds("--hold", values.hold),
    env,
    log,
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
