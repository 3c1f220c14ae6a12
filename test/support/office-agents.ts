import { writeFile } from "node:fs/promises";
import { join } from "node:path";

import { officeTools } from "./gallery.ts";
import type { HoldPlay } from "./holds.ts";

/** An agent file with the tools of an office, all of which wait; it does what it is asked in words. */
export async function writeOfficeFile(directory: string): Promise<string> {
  const file = join(directory, "agents.ts");
  await writeFile(
    file,
    `import { Agent, tool } from "holdpoint";
const definitions: any[] = ${JSON.stringify(officeTools)};
const tools = definitions.map(({ name, properties, annotations, trusted, summary }) => ({
  ...tool({
    name,
    description: "Does " + name + ".",
    parameters: { type: "object", properties },
    strict: false,
    needsApproval: true,
    ...(summary === undefined ? {} : { summary }),
    execute: () => "Done",
  }),
  ...(annotations === undefined ? {} : { annotations }),
  ...(trusted === undefined ? {} : { trusted }),
}));
export default new Agent({ name: "Support", model: "offline", tools });
`,
  );
  return file;
}

/** What an agent with the offline model is asked so that it proposes the call. */
export function inputOf({ task, tool, args }: HoldPlay): string {
  return `${task}\n${tool} ${JSON.stringify(args)}`;
}
