import { expect, it, vi } from "vitest";

import { writePaymentsFile } from "../support/agent-files.ts";
import { createGatewaySite, textOf } from "../support/gateway-site.ts";
import { useMcpServers } from "../support/mcp-client.ts";
import { useTempDirectory } from "../support/temp-directory.ts";

const serve = useMcpServers();
const tempDirectory = useTempDirectory();

it("agents and a gateway share one store: one list, each other's doubts, one audit", async () => {
  const site = await createGatewaySite();
  const payments = await writePaymentsFile(await tempDirectory());
  const gateway = await site.open({ hold: 0.2 });
  await gateway.call("add", { line: "one" });
  const agents = await serve({
    args: ["--agents", payments.file, "--store", site.store, "--config", site.config],
  });
  const { approval } = await agents.startPaused({ input: 'pay {"amount": 5}' });
  expect((await site.pending()).map(({ tool }) => tool).toSorted()).toEqual(["add", "pay"]);
  expect(await agents.call("list_pending_approvals")).toMatchObject({ count: 2 });

  // Each goes on with its own, whoever takes the decision.
  await site.decide("approve", approval.approval_id);
  await vi.waitFor(async () => expect(await site.pending()).toHaveLength(1), { timeout: 20_000 });
  site.holdEffects();
  await site.decide("approve", (await site.pending())[0]?.approvalId ?? "");
  await vi.waitFor(() => expect(site.effects()).toEqual(["one"]), { timeout: 20_000 });
  await gateway.kill();
  site.releaseEffects();

  // What the gateway left is a doubt that the server of agents shows, and does not go on with.
  const again = await site.open({ hold: 30 });
  const seen = async () => JSON.stringify(await agents.call("list_pending_approvals"));
  await vi.waitFor(async () => expect(await seen()).toContain("its outcome was not recorded"), {
    timeout: 30_000,
    interval: 300,
  });
  const calling = again.call("add", { line: "one" });
  const approvalId = (await site.pending())[0]?.approvalId ?? "";
  await site.decide("reject", approvalId, "--message", "It was added");
  expect(textOf(await calling)).toContain("It was added");
  expect(site.effects()).toEqual(["one"]);
  expect(await site.holdpoint("audit")).toMatchObject({ exitCode: 0 });
}, 120_000);
