import { describe } from "vitest";
import { z } from "zod";

import { call, message } from "../../src/testing.ts";
import type { Agent } from "../../src/index.ts";
import type { Kit } from "./kit.ts";
import type { Library } from "./libraries.ts";
import { parity } from "./parity.ts";
import { search, temperature } from "./pieces.ts";

function fail(): never {
  throw new TypeError("boom");
}

/** Agents whose run comes upon a function of the user's that throws. */
const broken: Record<string, (lib: Library, kit: Kit) => Agent> = {
  instructions: (lib, kit) =>
    new lib.Agent({ name: "Clerk", instructions: fail, model: kit.model([message("Hi.")]) }),

  "isEnabled of a tool": (lib, kit) =>
    new lib.Agent({
      name: "Clerk",
      tools: [temperature(lib, kit, { isEnabled: fail })],
      model: kit.model([message("Hi.")]),
    }),

  toolUseBehavior: (lib, kit) =>
    new lib.Agent({
      name: "Clerk",
      tools: [search(lib, kit)],
      toolUseBehavior: fail,
      model: kit.model([call("search", { query: "a" }, "c1")], [message("Hi.")]),
    }),

  onHandoff: (lib, kit) =>
    new lib.Agent({
      name: "Clerk",
      handoffs: [lib.handoff(new lib.Agent({ name: "Billing" }), { onHandoff: fail })],
      model: kit.model([call("transfer_to_Billing", {}, "h1")]),
    }),

  "an errorFunction": (lib, kit) =>
    new lib.Agent({
      name: "Clerk",
      tools: [
        lib.tool({
          name: "break",
          description: "Breaks.",
          parameters: z.object({}),
          errorFunction: fail,
          execute: fail,
        }),
      ],
      model: kit.model([call("break", {}, "c1")], [message("Hi.")]),
    }),

  "a tool beside others": (lib, kit) =>
    new lib.Agent({
      name: "Clerk",
      tools: [
        lib.tool({
          name: "break",
          description: "Breaks.",
          parameters: z.object({}),
          errorFunction: null,
          execute: fail,
        }),
        temperature(lib, kit),
        search(lib, kit),
      ],
      model: kit.model([
        call("break", {}, "c1"),
        call("get_temperature", { city: "Rome" }, "c2"),
        call("search", { query: "a" }, "c3"),
      ]),
    }),
};

describe("functions of the user's that throw", () => {
  for (const [what, create] of Object.entries(broken)) {
    parity(`fail the run: ${what}`, async (lib, kit) => {
      await kit.failure(() => lib.run(create(lib, kit), "Go."));
    });
  }

  parity("are told to the agent above: customOutputExtractor", async (lib, kit) => {
    const inner = new lib.Agent({ name: "Inner", model: kit.model([message("Hi.")]) });
    const agent = new lib.Agent({
      name: "Desk",
      tools: [
        inner.asTool({ toolName: "ask", toolDescription: "Asks.", customOutputExtractor: fail }),
      ],
      model: kit.model([call("ask", { input: "a" }, "o1")], [message("Done.")]),
    });
    kit.report(await lib.run(agent, "Go."));
  });
});
