import type { RunContext } from "../../src/agents/run-context.ts";
import type { Scenario, Stage } from "./scenario.ts";

/** The policy of a scenario. */
export type Policy = (
  stage: Stage,
  question: { context: RunContext; args: unknown; callId: string | undefined },
) => boolean | Promise<boolean>;

/** What the tool of `gatedBy` says of arguments that it can read but not use. */
export const UNFIT = "These arguments are of no use.";

/** The agent whose `get_temperature` this policy gates; every question to it is noted. */
export function gatedBy(policy: Policy): Pick<Scenario, "agent"> {
  return {
    agent: (stage) =>
      stage.agent({
        tools: [
          stage.getTemperature({
            errorFunction: () => UNFIT,
            needsApproval: (context, args, callId) => {
              stage.notes.push(callId);
              return policy(stage, { context, args, callId });
            },
          }),
        ],
      }),
  };
}

/** Resolves when whatever can be done without waiting is done. */
export function idle(): Promise<void> {
  return new Promise((resolve) => {
    setImmediate(resolve);
  });
}
