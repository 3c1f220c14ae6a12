import { readFileSync } from "node:fs";
import { join } from "node:path";

import fc from "fast-check";
import { describe, expect, it } from "vitest";

import { exchange, exchangeBack, readHostText } from "../../src/hosts/host-text.ts";
import { addMembers, parseObject } from "../../src/hosts/json-members.ts";

const fixtures = join(import.meta.dirname, "../fixtures/hosts");
const entry = { command: "/node", args: ["gateway"], env: { A: 'b"\\' } };

const files = [
  {
    name: "claude_desktop_config.json",
    format: "json",
    key: "mcpServers",
    moved: ["files", "tracker"],
  },
  { name: "claude-code.json", format: "json", key: "mcpServers", moved: ["files"] },
  { name: "cursor-mcp.json", format: "json", key: "mcpServers", moved: ["tracker"] },
  { name: "vscode-mcp.json", format: "json", key: "servers", moved: ["search"] },
  { name: "codex-config.toml", format: "toml", key: "mcp_servers", moved: ["files", "tracker"] },
] as const;

describe.each(files)("$name", ({ name, moved, ...rest }) => {
  const place = { ...rest, file: name };
  const text = readFileSync(join(fixtures, name), "utf8");
  const all = Object.keys(readHostText(text, place));

  it("has one server in the place of those that moved, and is otherwise as it was", () => {
    const { after } = exchange(text, { place, moved, entry });
    const left = all.filter((each) => !moved.some((other) => other === each));
    const servers = readHostText(after, place);
    expect(Object.keys(servers).toSorted()).toEqual([...left, "holdpoint"].toSorted());
    expect(servers["holdpoint"]).toEqual(entry);
    for (const part of outside(text, name)) expect(after).toContain(part);
  });

  it("is restored letter for letter", () => {
    const done = exchange(text, { place, moved, entry });
    expect(exchangeBack(done.after, { place, done })).toEqual({ text, isExact: true });
  });

  it("keeps what its host wrote beside the servers meanwhile", () => {
    const done = exchange(text, { place, moved, entry });
    const [part = ""] = outside(text, name);
    const other = part.replace(/\w+/, "changed");
    const back = exchangeBack(done.after.replace(part, other), { place, done });
    expect(back).toEqual({ text: text.replace(part, other), isExact: true });
  });
});

/** Parts that are not servers, comments among them. */
function outside(text: string, name: string): string[] {
  const parts: Record<string, string[]> = {
    "claude_desktop_config.json": [
      '"globalShortcut": "Ctrl+Space",\n',
      '{"sidebarMode": "chat",   "launchAtLogin": false}',
    ],
    "claude-code.json": ['"numStartups": 42,', '"emailAddress": "u@example.com"'],
    "cursor-mcp.json": ["{"],
    "vscode-mcp.json": ["// What this machine has.\r\n", '"password": true },\r\n\t],\r\n'],
    "codex-config.toml": [
      "# Mine.\n",
      'notify = ["say", "[mcp_servers.no]"]\n',
      "\n# How it looks.\n[tui]\n",
    ],
  };
  const found = parts[name] ?? [];
  expect(found.every((part) => text.includes(part))).toBe(true);
  return name === "cursor-mcp.json" ? [] : found;
}

describe("a host's servers", () => {
  const place = { format: "json", key: "mcpServers", file: "x.json" } as const;

  it("come back beside those that somebody added meanwhile", () => {
    const text = '{"mcpServers": {"a": {"command": "a"}}}';
    const done = exchange(text, { place, moved: ["a"], entry });
    const now = addMembers(done.after, "mcpServers", { b: { command: "b" } });
    const back = exchangeBack(now, { place, done });
    expect(back?.isExact).toBe(false);
    expect(readHostText(back?.text ?? "", place)).toEqual({
      a: { command: "a" },
      b: { command: "b" },
    });
  });

  it("that stay keep their comments and their form", () => {
    const text = `{
  // Mine.
  "mcpServers": {
    // Moves.
    "a": { "command": "a" },
    "b": { "command": "b", "args": [ 1,2 ] }, // Stays, as it is.
    "c": {},
    /* The last. */
    "d": {   "command": "d" },
  },
}
`;
    const done = exchange(text, { place, moved: ["a", "c"], entry: { command: "x" } });
    expect(done.after).toBe(`{
  // Mine.
  "mcpServers": {
    // Moves.
    "holdpoint": {
      "command": "x"
    },
    "b": { "command": "b", "args": [ 1,2 ] }, // Stays, as it is.
    /* The last. */
    "d": {   "command": "d" },
  },
}
`);
    expect(exchangeBack(done.after, { place, done })).toEqual({ text, isExact: true });
  });

  it("stay sound JSON, whichever move and however they are laid out", () => {
    const names = fc.uniqueArray(fc.constantFrom("a", "b", "c", "d", "e"), { minLength: 1 });
    const layouts = fc.constantFrom(undefined, 2, "\t");
    fc.assert(
      fc.property(names, fc.array(fc.boolean()), layouts, (all, picks, layout) => {
        const moved: string[] = all.filter((_name, at) => picks[at] ?? true);
        fc.pre(moved.length > 0);
        const servers = Object.fromEntries(all.map((name) => [name, { command: name }]));
        const text = JSON.stringify({ one: 1, mcpServers: servers, two: [{}] }, undefined, layout);
        const done = exchange(text, { place, moved, entry });
        const left = Object.entries(servers).filter(([name]) => !moved.includes(name));
        expect(JSON.parse(done.after)).toEqual({
          one: 1,
          mcpServers: { ...Object.fromEntries(left), holdpoint: entry },
          two: [{}],
        });
        if (layout !== undefined) expect(done.after).not.toMatch(/\n\s*\n/);
        expect(exchangeBack(done.after, { place, done })).toEqual({ text, isExact: true });
      }),
    );
  });

  it("in TOML that is not written in tables are not touched", () => {
    const codex = { format: "toml", key: "mcp_servers", file: "config.toml" } as const;
    const text = 'mcp_servers = { a = { command = "a" } }\n';
    expect(() => exchange(text, { place: codex, moved: ["a"], entry })).toThrow(
      "Cannot change config.toml: its servers are not tables of their own ([mcp_servers.NAME])",
    );
  });

  it("that cannot be read are told by line and column, and not quoted", () => {
    const codex = { format: "toml", key: "mcp_servers", file: "config.toml" } as const;
    expect(() => readHostText('a = 1\nb = "s3cret\n', codex)).toThrow(
      /^Cannot read config\.toml: line 2, column 12: Invalid TOML document: .*strings$/,
    );
    expect(() => readHostText('{\n  "mcpServers": {\n', place)).toThrow(
      /^Cannot read x\.json: line 3, column 1: the text ends, and/,
    );
  });
});

describe("members that are added", () => {
  it("stand in the object, and all before them stays", () => {
    const objects = fc.dictionary(fc.string(), fc.jsonValue());
    fc.assert(
      fc.property(objects, objects, fc.constantFrom(undefined, 2, "\t"), (there, put, space) => {
        const servers = Object.fromEntries(
          Object.entries(put).filter(([name]) => !(name in there)),
        );
        const before = { a: 1, mcpServers: there, z: [{}] };
        const text = addMembers(
          JSON.stringify(before, undefined, space),
          "mcpServers",
          servers as never,
        );
        expect(parseObject(text)).toEqual(
          JSON.parse(JSON.stringify({ ...before, mcpServers: { ...there, ...servers } })),
        );
      }),
      { seed: 20_261_128 },
    );
  });

  it("leave comments and last commas alone", () => {
    const text = '{\n  // mine\n  "mcpServers": {\n    "a": {}, // first\n  },\n}\n';
    expect(addMembers(text, "mcpServers", { b: { command: "b" } })).toBe(
      '{\n  // mine\n  "mcpServers": {\n    "a": {},\n    "b": {\n      "command": "b"\n    }, // first\n  },\n}\n',
    );
  });
});
