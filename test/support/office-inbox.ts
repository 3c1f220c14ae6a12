import { join } from "node:path";
import { fileURLToPath } from "node:url";

import type { Page } from "playwright-core";
import { afterAll } from "vitest";

import { Agent } from "../../src/agents/agent.ts";
import { tool } from "../../src/agents/tool.ts";
import { createOfflineModel } from "../../src/models/offline.ts";
import { createAgentRegistry } from "../../src/runs/agent-registry.ts";
import { createRunService, type RunService } from "../../src/runs/run-service.ts";
import { createMemoryRunStore } from "../../src/stores/memory.ts";
import { startInbox, type Inbox } from "../../src/web/inbox.ts";
import { officeTools } from "./gallery.ts";
import type { HoldPlay } from "./holds.ts";
import { inputOf } from "./office-agents.ts";
import { startPaused } from "./run-services.ts";

const built = fileURLToPath(new URL("../../dist", import.meta.url));
const quiet = { info: () => {}, warn: () => {} };

export interface Office {
  service: RunService;
  inbox: Inbox;
}

/** Opens inboxes of an office in which calls wait; they end with the file's tests. */
export function useOffices(): (plays: readonly HoldPlay[]) => Promise<Office> {
  const offices: Office[] = [];
  afterAll(async () => {
    for (const { inbox, service } of offices) {
      await inbox.close();
      await service.close();
    }
  });
  return async (plays) => {
    const office = await openOffice(plays);
    offices.push(office);
    return office;
  };
}

async function openOffice(plays: readonly HoldPlay[]): Promise<Office> {
  const tools = officeTools.map(({ name, properties, annotations, trusted, summary }) => ({
    ...tool({
      name,
      description: `Does ${name}.`,
      parameters: { type: "object", properties, required: [], additionalProperties: true },
      strict: false,
      needsApproval: true,
      ...(summary === undefined ? {} : { summary }),
      execute: () => "Done",
    }),
    ...(annotations === undefined ? {} : { annotations }),
    ...(trusted === undefined ? {} : { trusted }),
  }));
  const agent = new Agent({ name: "Support", model: createOfflineModel(), tools });
  const registry = createAgentRegistry([{ agent, source: "test#Support" }], {});
  const service = createRunService({ store: createMemoryRunStore({}), registry, log: quiet });
  for (const play of plays) await startPaused(service, inputOf(play));
  const inbox = await startInbox({ service, log: quiet, by: "ada (OS user)" });
  return { service, inbox };
}

export async function signIn(page: Page, { inbox }: Office): Promise<void> {
  // Run from its source the inbox has no scripts for browsers: those that were built are the same.
  await page.route(/\.js$/, (route) =>
    route.fulfill({ path: join(built, new URL(route.request().url()).pathname) }),
  );
  await page.goto(inbox.link("person"));
  await page.getByRole("button", { name: "Sign in with this browser" }).click();
  await page.waitForURL(inbox.url);
}
