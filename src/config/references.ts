import { isJsonObject, type JsonObject, type JsonValue } from "../lib/json.ts";
import type { ConfigProblem } from "./problem.ts";

/**
 * What is wrong between parts of a file: names that nothing has, servers that are none. Looks past
 * values of the wrong kind, which the schema tells of.
 *
 * @param known names of agents from elsewhere
 */
export function checkReferences(file: JsonObject, known: readonly string[]): ConfigProblem[] {
  const servers = isJsonObject(file["mcpServers"]) ? file["mcpServers"] : {};
  const agents = objectsIn(file["agents"]);
  const names = agents.map(({ value }) => value["name"]).filter((each) => typeof each === "string");
  const agentNames = [...names, ...known];
  const list = { servers: Object.keys(servers), handoffs: agentNames, agents: agentNames };
  return [
    ...Object.entries(servers).flatMap(([name, value]) => checkServer(name, value)),
    ...agents.flatMap(({ value, index }) => [
      ...checkNames(value, { index, list }),
      ...checkName(value["name"], { index, names, known }),
      ...(value["instructions"] !== undefined && value["instructionsFile"] !== undefined
        ? [
            {
              path: ["agents", index, "instructionsFile"],
              message: "stands beside instructions: keep one of the two",
            },
          ]
        : []),
    ]),
    ...objectsIn(file["policy"]).flatMap(({ value, index }) => checkRule(value, index)),
    ...checkApprovers(file["approvers"], agentNames),
  ];
}

function checkApprovers(
  approvers: JsonValue | undefined,
  agents: readonly string[],
): ConfigProblem[] {
  const levels = isJsonObject(approvers) ? approvers["agents"] : undefined;
  if (!isJsonObject(levels)) return [];
  const unknown = Object.keys(levels).filter((name) => !agents.includes(name));
  return unknown.map((name) => ({
    path: ["approvers", "agents", name],
    message: unknownName("agents", agents),
  }));
}

function checkServer(name: string, value: JsonValue): ConfigProblem[] {
  const path = ["mcpServers", name];
  if (!isJsonObject(value)) return [];
  const { command, url, type } = value;
  if (command !== undefined && url !== undefined) {
    return [{ path, message: "has both command and url: keep one of the two" }];
  }
  if (command === undefined && url === undefined) {
    return [{ path, message: "is an object without command and url: give one of the two" }];
  }
  if ((type === "stdio") === (url !== undefined) && type !== undefined) {
    return [
      {
        path: [...path, "type"],
        message: `does not go with ${url === undefined ? "command" : "url"}`,
      },
    ];
  }
  const isAddress = typeof url !== "string" || /^https?:\/\/./.test(url);
  if (isAddress && (typeof url !== "string" || URL.canParse(url))) return [];
  return [{ path: [...path, "url"], message: "is a string that is no http or https address" }];
}

function checkNames(
  agent: JsonObject,
  { index, list }: { index: number; list: Record<"servers" | "handoffs" | "agents", string[]> },
): ConfigProblem[] {
  return Object.entries(list).flatMap(([key, known]) => {
    const names = agent[key];
    if (!Array.isArray(names)) return [];
    return names.flatMap((name, at): ConfigProblem[] =>
      typeof name !== "string" || known.includes(name)
        ? []
        : [{ path: ["agents", index, key, at], message: unknownName(key, known) }],
    );
  });
}

function unknownName(key: string, known: readonly string[]): string {
  const what = key === "servers" ? "server in mcpServers" : "agent";
  const there = known.map((each) => JSON.stringify(each)).join(", ");
  return `names no ${what}: ${there === "" ? "there is none" : `there are ${there}`}`;
}

function checkName(
  name: JsonValue | undefined,
  { index, names, known }: { index: number; names: readonly JsonValue[]; known: readonly string[] },
): ConfigProblem[] {
  const path = ["agents", index, "name"];
  if (typeof name !== "string") return [];
  if (known.includes(name)) return [{ path, message: "an agent of the module has this name" }];
  return names.indexOf(name) === names.lastIndexOf(name) || names.indexOf(name) === index
    ? []
    : [{ path, message: "another agent has this name: give it one of its own" }];
}

/** Only a question has an approver, a deadline and a preview. */
function checkRule(rule: JsonObject, index: number): ConfigProblem[] {
  const isNamed = rule["preview"] === undefined || rule["tool"] !== undefined;
  const unnamed = {
    path: ["policy", index, "preview"],
    message: 'says of no tool what is shown of it: name it with "tool" in the rule',
  };
  if (rule["verdict"] === "ask") return isNamed ? [] : [unnamed];
  return ["approver", "timeoutSeconds", "preview"]
    .filter((key) => rule[key] !== undefined)
    .map((key) => ({
      path: ["policy", index, key],
      message: 'goes with "verdict": "ask" only: remove it',
    }));
}

function objectsIn(list: JsonValue | undefined): { value: JsonObject; index: number }[] {
  if (!Array.isArray(list)) return [];
  return list.flatMap((value, index) => (isJsonObject(value) ? [{ value, index }] : []));
}
