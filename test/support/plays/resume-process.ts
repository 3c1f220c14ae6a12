/**
 * A process of its own that goes on with a stopped run: reads a `ResumeOrder` as JSON from stdin,
 * plays to the end, and writes a `ResumeReport` to stdout.
 */
import { json } from "node:stream/consumers";
import { stdin, stdout } from "node:process";

import { RunState } from "../../../src/agents/face/run-state.ts";
import { createPlayAgents } from "./agents.ts";
import { createLibraryPlay, drive } from "./play.ts";
import type { PlayScript } from "./script.ts";
import { createWorld } from "./world.ts";

export interface ResumeOrder {
  script: PlayScript;
  text: string;
  outcomes: [string, string][];
}

export interface ResumeReport {
  text: string;
  effects: [string, string[]][];
  requests: [string, string[]][];
}

const { script, text, outcomes } = (await json(stdin)) as ResumeOrder;
const world = createWorld(script.delays);
const agent = createPlayAgents(script, world);
const play = createLibraryPlay(agent, await RunState.fromString(agent, text), { script });
await drive(play, script, new Map(outcomes));
const report: ResumeReport = {
  text: play.toText(),
  effects: [...world.effects],
  requests: [...world.requests],
};
stdout.write(JSON.stringify(report));
