import { createScriptedModel, type ScriptedTurn } from "../../src/testing.ts";
import type { Model, ModelRequest } from "../../src/index.ts";
import { original, ours, type Library } from "../parity/libraries.ts";
import { toRequestLine } from "../parity/transcript.ts";

export { original, ours };
export type { Library };

/** One program's pieces: agents made anew for each library, and what they did. */
export interface Side {
  lib: Library;
  /** What ran, in order. */
  did: string[];
  /** What models were asked. */
  requests: unknown[];
  /** A model that plays these turns and tells what it was asked. */
  model(...turns: ScriptedTurn[]): Model;
}

export function createSide(lib: Library): Side {
  const side: Side = {
    lib,
    did: [],
    requests: [],
    model(...turns) {
      const scripted = createScriptedModel(
        turns.map((turn) => (request: ModelRequest) => {
          side.requests.push(toRequestLine(request));
          return typeof turn === "function" ? turn(request) : turn;
        }),
      );
      return {
        getResponse: (request) => scripted.getResponse(request),
        getStreamedResponse: (request) => scripted.getStreamedResponse(request),
      };
    },
  };
  return side;
}
