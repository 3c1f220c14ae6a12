import { agentFolders } from "./agents/turn-fold.ts";
import type { Folders } from "./engine/driver.ts";
import { gatewayFolder } from "./gateway/folder.ts";
import type { Folder } from "./engine/driver.ts";

/** Of all drivers whose runs the program reads: of agents, and of the gateway. */
export const allFolders: Folders = new Map([
  ...agentFolders,
  [gatewayFolder.name, gatewayFolder as Folder],
]);
