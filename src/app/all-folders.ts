import { agentFolders } from "../agents/turn-fold.ts";
import type { Folders } from "../engine/state.ts";
import { gatewayFolders } from "../gateway/folder.ts";

/** Of all drivers whose runs the program reads: of agents, and of the gateway. */
export const allFolders: Folders = new Map([...agentFolders, ...gatewayFolders]);
