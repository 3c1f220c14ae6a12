/** Where in a JSON text something is that readers take in two ways, by the names of its members. */
export function nameFault(text: string): string | undefined {
  const path: Step[] = [];
  for (let at = 0; at < text.length; at += 1) {
    const char = text.charAt(at);
    const top = path.at(-1);
    if (char === "{") path.push({ keys: new Set(), name: undefined });
    else if (char === "[") path.push({ keys: undefined, name: 0 });
    else if (char === "}" || char === "]") path.pop();
    else if (char === "," && typeof top?.name === "number") top.name += 1;
    else if (char === '"') {
      const end = endOfString(text, at);
      if (top?.keys !== undefined && isKey(text, end)) {
        const key = String(JSON.parse(text.slice(at, end)));
        top.name = key;
        if (top.keys.has(key)) return `the member ${placeOf(path)} is there twice`;
        top.keys.add(key);
      }
      at = end - 1;
    } else if (/[-\d]/.test(char)) {
      const number = /^-?[\d.eE+-]+/.exec(text.slice(at, at + 400))?.[0] ?? char;
      const value = Number(number);
      if (isUnsafe(value)) {
        return `the member ${placeOf(path)} is a whole number beyond what is read exactly. Send it as a text`;
      }
      at += number.length - 1;
    }
  }
  return undefined;
}

interface Step {
  readonly keys: Set<string> | undefined;
  name: string | number | undefined;
}

function placeOf(path: readonly Step[]): string {
  const names = path.flatMap(({ name }) => (name === undefined ? [] : String(name)));
  // A name is the client's text: as JSON, and no longer than it takes to find it.
  return JSON.stringify(names.join(".")).slice(0, 200);
}

function isUnsafe(value: number): boolean {
  return (Number.isInteger(value) || !Number.isFinite(value)) && !Number.isSafeInteger(value);
}

function endOfString(text: string, start: number): number {
  let at = start + 1;
  while (at < text.length && text.charAt(at) !== '"') at += text.charAt(at) === "\\" ? 2 : 1;
  return at + 1;
}

function isKey(text: string, end: number): boolean {
  let at = end;
  while (at < text.length && " \t\n\r".includes(text.charAt(at))) at += 1;
  return text.charAt(at) === ":";
}
