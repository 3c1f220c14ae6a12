import { isJsonObject } from "../lib/json.ts";
import { toPath } from "../lib/paths.ts";
import { parseStrictJson } from "../lib/strict-json.ts";
import { withoutComments } from "./json-comments.ts";
import { substitute } from "./substitute.ts";

type Environment = Readonly<Record<string, string | undefined>>;

/** The files with instructions that the text of a configuration names; none where it is not sound. */
export function listInstructionFiles(
  text: string,
  { directory, env }: { directory: string; env: Environment },
): string[] {
  try {
    const { value } = substitute(parseStrictJson(withoutComments(text)), env);
    const agents = isJsonObject(value) && Array.isArray(value["agents"]) ? value["agents"] : [];
    const named = agents.map((agent) =>
      isJsonObject(agent) ? agent["instructionsFile"] : undefined,
    );
    return named.flatMap((each) => (typeof each === "string" ? [toPath(directory, each)] : []));
  } catch {
    return [];
  }
}
