import * as agents from "@openai/agents";

import * as holdpoint from "../../src/index.ts";

/** What a program imports; the programs are written against our types. */
export type Library = typeof holdpoint;

agents.setTracingDisabled(true);

/** The original: at run time the same names, in types its own. */
export const original = agents as unknown as Library;

export const ours: Library = holdpoint;
