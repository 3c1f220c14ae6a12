import { open } from "node:fs/promises";
import { join } from "node:path";

import { writtenBytes, type Figures } from "../harness.ts";
import { OUTPUT, TOOL } from "../scripted.ts";

/** What nobody can be below: the new bytes of every turn, appended and on disk. */
export async function approvals({
  turns,
  directory,
}: {
  turns: number;
  directory: string;
}): Promise<Figures> {
  const file = await open(join(directory, "log"), "a");
  const before = await writtenBytes();
  let bytes = 0;
  const start = performance.now();
  for (let turn = 1; turn <= turns; turn += 1) {
    const call = { type: "function_call", callId: `call_${turn}`, name: TOOL, arguments: "{}" };
    const items = [call, { approved: true }, { callId: `call_${turn}`, output: OUTPUT }];
    const text = `${JSON.stringify(items)}\n`;
    bytes += text.length;
    await file.write(text);
    await file.sync();
  }
  const ms = performance.now() - start;
  const diskBytes = (await writtenBytes()) - before;
  await file.close();
  return { ms, bytes, fileBytes: bytes, diskBytes };
}
