import { canonicalJson, isJsonObject, type JsonObject, type JsonValue } from "../lib/json.ts";

/** What a tool says of itself, and an approval is bound to. */
export interface ToolDefinition {
  readonly description: string;
  readonly parameters: JsonValue;
  readonly annotations?: JsonValue | undefined;
}

/** What differs between two definitions of a tool, for people: `its description, readOnlyHint`. */
export function describeDefinitionChange(before: ToolDefinition, after: ToolDefinition): string {
  const changes = [
    ...(before.description === after.description ? [] : ["its description"]),
    ...(same(before.parameters, after.parameters) ? [] : ["its arguments"]),
    ...hintChanges(before.annotations, after.annotations),
  ];
  return changes.length === 0 ? "nothing that is shown" : changes.join(", ");
}

function hintChanges(before: JsonValue | undefined, after: JsonValue | undefined): string[] {
  const [was, is] = [toHints(before), toHints(after)];
  const names = [...new Set([...Object.keys(was), ...Object.keys(is)])].toSorted();
  return names.flatMap((name) => {
    const [from, to] = [was[name], is[name]];
    return same(from, to) ? [] : [`its ${name} (${hintText(from)} before, ${hintText(to)} now)`];
  });
}

function toHints(annotations: JsonValue | undefined): JsonObject {
  return isJsonObject(annotations) ? annotations : {};
}

function hintText(value: JsonValue | undefined): string {
  return value === undefined ? "not said" : JSON.stringify(value).slice(0, 60);
}

function same(a: JsonValue | undefined, b: JsonValue | undefined): boolean {
  return canonicalJson(a ?? null) === canonicalJson(b ?? null);
}
