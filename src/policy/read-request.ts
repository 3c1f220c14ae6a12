import { fileURLToPath } from "node:url";

import type { JsonObject } from "../lib/json.ts";
import { textMember } from "../lib/text-member.ts";
import { evaluatePolicy, pathNames, strictest, type PolicyAnswer } from "./evaluate.ts";
import type { JudgedPlace } from "./place.ts";
import type { PolicyRule, PolicyVerdict } from "./policy.ts";
import { realPath, type ResolvePath } from "./real-path.ts";

/** A request to a server for something besides its tools. */
export interface ReadRequest {
  /** Who makes it: an agent's name, or a client's. */
  agent: string;
  server: string;
  /** `resources/read` and the like: what rules name as the tool. */
  method: string;
  /** What rules may call it besides: where they let it pass by that name alone, it still asks. */
  alias?: string | undefined;
  params: JsonObject;
}

/** What rules say of such a request: one for paths holds where the address is that of a file. */
export function judgeRead(
  rules: readonly PolicyRule[],
  { alias, ...request }: ReadRequest,
  options: { fallback: PolicyVerdict; resolvePath: ResolvePath },
): PolicyAnswer {
  const answer = judgeNamed(rules, request, options);
  if (alias === undefined) return answer;
  const other = { ...request, method: alias };
  const free = { ...options, fallback: "allow" } as const;
  return strictest([answer, judgeNamed(rules, other, free)]) ?? answer;
}

function judgeNamed(
  rules: readonly PolicyRule[],
  { agent, server, method, params }: ReadRequest,
  options: { fallback: PolicyVerdict; resolvePath: ResolvePath },
): PolicyAnswer {
  const called = { agent, server, tool: method };
  const place = placeOf(textMember(params, "uri"));
  // A file of this name is meant by rules of paths, whatever argument they name.
  const names = place === undefined ? [] : ["uri", ...pathNames(rules, called)];
  const places = new Map(names.map((name) => [name, place === undefined ? [] : [place]]));
  return evaluatePolicy(rules, { ...called, arguments: params, places }, options);
}

/** Where a URI of a file leads; `undefined` of any other. */
function placeOf(uri: string): JudgedPlace | undefined {
  if (!/^\s*file:/i.test(uri)) return undefined;
  let path: string | undefined;
  try {
    path = realPath(fileURLToPath(uri.trim()));
  } catch {
    // It cannot be told, and is judged as that.
  }
  return { path, reach: "one", on: "here" };
}
