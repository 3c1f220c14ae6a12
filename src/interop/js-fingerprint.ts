/** What the original puts before a number, so that equal ones are equal text whatever their form. */
const TOKEN = "\0openai-agents-json:";

/** The key by which `@openai/agents` knows a function tool. */
export function toolKey(name: string): string {
  return JSON.stringify(["bare", name]);
}

/** What `@openai/agents` binds a decision to: tool and arguments, as one canonical text. */
export function jsFingerprint(toolName: string, argumentsText: string): string {
  // In the order of their names, as all objects in it.
  return JSON.stringify({
    caller: { type: "direct" },
    payload: toPayload(argumentsText),
    toolName,
    type: "function_call",
  });
}

function toPayload(text: string): { format: string; value: unknown } {
  try {
    const reviver = (key: string, value: unknown, source: { source?: string }): unknown =>
      toCanonical(key, value, source);
    const parse = JSON.parse as (given: string, revive: typeof reviver) => unknown;
    return { format: "json", value: parse(text, reviver) };
  } catch {
    return { format: "raw", value: text };
  }
}

function toCanonical(_key: string, value: unknown, { source }: { source?: string }): unknown {
  if (typeof value === "number")
    return `${TOKEN}number:${canonicalNumber(source ?? String(value))}`;
  if (typeof value === "string") {
    return value.startsWith(TOKEN) ? `${TOKEN}string:${value}` : value;
  }
  if (typeof value !== "object" || value === null || Array.isArray(value)) return value;
  return Object.fromEntries(
    Object.entries(value).toSorted(([one], [other]) => (one < other ? -1 : 1)),
  );
}

/** A number as its digits without zeros at the ends, and its power of ten. */
function canonicalNumber(source: string): string {
  const [, sign = "", whole = "", fraction = "", power = "0"] =
    /^(-?)(\d+)(?:\.(\d+))?(?:[eE]([+-]?\d+))?$/.exec(source) ?? [];
  const digits = `${whole}${fraction}`.replace(/^0+/, "");
  if (digits === "") return `${sign}0`;
  const short = digits.replace(/0+$/, "");
  const exponent = BigInt(power) - BigInt(fraction.length) + BigInt(digits.length - short.length);
  return `${sign}${short}e${exponent}`;
}
