import { ModelBehaviorError } from "./errors.ts";
import type { Activation } from "./activation.ts";
import { askAboutModel, requestOf } from "./ask.ts";
import { complete } from "./complete.ts";
import { failRun } from "./stop-run.ts";
import { guardInput } from "./guard-input.ts";
import { handOff } from "./hand-off.ts";
import type { Step } from "./next-steps.ts";
import { savedSession } from "./save-session.ts";
import { settleCall } from "./settle-call.ts";
import { takeTurn } from "./take-turn.ts";

/**
 * Performs one step; the only place with effects. Resolves once what it led to is appended.
 *
 * @throws ConflictError when the step was overtaken; anything else fails the activation
 */
export async function perform(activation: Activation, step: Step): Promise<void> {
  const { frame } = step;
  switch (step.type) {
    case "guard_input":
      return guardInput(activation, frame, step.guardrail);
    case "take_turn":
      return takeTurn(activation, frame);
    case "complete":
      return complete(activation, frame, { from: "message" });
    case "call":
      return settleCall(activation, step);
    case "hand_off":
      return handOff(activation, frame, step.call);
    case "save_session":
      await savedSession(activation);
      return;
    case "ask_about_model":
      await activation.append(frame.path, [askAboutModel(requestOf(frame))]);
      return;
    case "fail":
      return failRun(activation, frame, new ModelBehaviorError(step.message));
  }
}
