import { fileURLToPath } from "node:url";

import type { JsonObject } from "../lib/json.ts";
import { evaluatePolicy, pathNames } from "../policy/evaluate.ts";
import type { Place } from "../policy/place.ts";
import type { PolicyRule } from "../policy/policy.ts";
import { realPath, type ResolvePath } from "../policy/real-path.ts";
import { textMember } from "./text-member.ts";

/** A request to a server for something besides its tools. */
export interface ReadRequest {
  /** The client's name. */
  agent: string;
  server: string;
  /** `resources/read` and the like: what rules name as the tool. */
  method: string;
  params: JsonObject;
}

/**
 * Which of these requests rules deny. They are for reading, and nobody is asked about them: a rule
 * that asks says nothing of them.
 */
export function createDeniedReads(
  rules: readonly PolicyRule[],
  resolvePath: ResolvePath,
): (request: ReadRequest) => string | undefined {
  const denials = rules.filter(({ verdict }) => verdict === "deny");
  return ({ agent, server, method, params }) => {
    const called = { agent, server, tool: method };
    const place = placeOf(textMember(params, "uri"));
    // A file of this name is meant by rules of paths, whatever argument they name.
    const names = place === undefined ? [] : ["uri", ...pathNames(denials, called)];
    const places = new Map(names.map((name) => [name, place === undefined ? [] : [place]]));
    const call = { ...called, arguments: params, places };
    const { verdict, rule } = evaluatePolicy(denials, call, { fallback: "allow", resolvePath });
    if (verdict !== "deny") return undefined;
    return `A rule denies ${method} of server "${server}"${rule?.reason === undefined ? "" : `: ${rule.reason}`}`;
  };
}

/** Where a URI of a file leads; `undefined` of any other. */
function placeOf(uri: string): Place | undefined {
  if (!/^\s*file:/i.test(uri)) return undefined;
  let path: string | undefined;
  try {
    path = realPath(fileURLToPath(uri.trim()));
  } catch {
    // It cannot be told, and is judged as that.
  }
  return { path, reach: "one", on: "here" };
}
