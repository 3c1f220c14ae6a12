import { mkdir, symlink, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { pathToFileURL } from "node:url";

import { describe, expect, it } from "vitest";

import { commandFile, holdpoint, type Finished } from "../support/command.ts";
import { handshake, resultOf, toLines, toolCall } from "../support/json-rpc.ts";
import { useTempDirectory } from "../support/temp-directory.ts";

const greeter = (name: string, exported = "agent"): string => `
import { Agent, tool } from "holdpoint";
import { z } from "zod";
const greet = tool({
  name: "greet",
  description: "Greets.",
  parameters: z.object({ whom: z.string() }),
  execute: ({ whom }) => \`Hello \${whom}\`,
});
const agent = new Agent({ name: ${JSON.stringify(name)}, model: "offline", tools: [greet] });
export default ${exported};
`;

describe("--agents", () => {
  const tempDirectory = useTempDirectory();

  /** Writes files into an empty directory and starts a server with the first of them. */
  async function serve(
    files: Record<string, string>,
    { input = "", env = {} }: { input?: string; env?: Record<string, string> } = {},
  ): Promise<Finished & { directory: string; file: string }> {
    const directory = await tempDirectory();
    const paths = Object.keys(files).map((name) => join(directory, name));
    await Promise.all(
      Object.values(files).map((text, index) => writeFile(paths[index] ?? "", text)),
    );
    const [file = join(directory, "nowhere.ts")] = paths;
    const args = ["serve", "--store", "memory", "--agents", file];
    return { ...(await holdpoint(args, { input, env })), directory, file };
  }

  const listAgents = toLines([...handshake, toolCall(2, "list_agents")]);

  it("takes TypeScript outside of any package, with one agent", async () => {
    const input = toLines([
      ...handshake,
      toolCall(2, "run_agent", { input: 'greet {"whom": "you"}' }),
    ]);
    const typed = `interface Named { name: string }\nconst named = { name: "Greeter" } as Named;\n`;
    const source = typed + greeter("x").replace('name: "x"', "name: named.name satisfies string");
    const { stdout, stderr, exitCode } = await serve({ "agents.ts": source }, { input });
    expect(resultOf(stdout, 2)).toMatchObject({
      structuredContent: { status: "completed", output: expect.stringContaining("Hello you") },
    });
    expect(stderr).not.toContain("Warning");
    expect(exitCode).toBe(0);
  });

  it("takes JavaScript, with a list of agents, the first of which is the default", async () => {
    const source = greeter("First", '[agent, new Agent({ name: "Second", model: "offline" })]');
    const { stdout, stderr } = await serve({ "agents.mjs": source }, { input: listAgents });
    expect(resultOf(stdout, 2)).toMatchObject({
      structuredContent: {
        agents: [{ name: "First", tools: [{ name: "greet", gated: "never" }] }, { name: "Second" }],
      },
    });
    expect(stderr).toContain('agents: "First" (agents:');
  });

  it("takes a file whose package has copies of its own, and files beside it", async () => {
    const directory = await tempDirectory();
    const copies = join(directory, "node_modules");
    for (const name of ["holdpoint", "zod"]) {
      await mkdir(join(copies, name), { recursive: true });
      await writeFile(join(copies, name, "package.json"), `{ "name": "${name}", "main": "x.js" }`);
      await writeFile(join(copies, name, "x.js"), 'throw new Error("the wrong copy")');
    }
    await writeFile(join(directory, "name.ts"), 'export const name: string = "Neighbour";');
    const source = `import { name } from "./name.ts";\nimport * as z4 from "zod/v4";\n${greeter("x")}`;
    const file = join(directory, "agents.ts");
    const same = `import { z as own } from "zod";\nif (z4.z.object !== own.object) throw new Error("two copies");`;
    await writeFile(file, source.replace('name: "x"', "name") + same);
    const args = ["serve", "--store", "memory", "--agents", file];
    const { stdout, stderr } = await holdpoint(args, { input: listAgents });
    expect(stderr).not.toContain("Error");
    expect(resultOf(stdout, 2)).toMatchObject({
      structuredContent: { agents: [{ name: "Neighbour" }] },
    });
  });

  it("takes agents that were made by another copy of the library", async () => {
    const other = pathToFileURL(join(commandFile, "../../index.js")).href;
    const source = greeter("Foreign").replace('"holdpoint"', JSON.stringify(`${other}?copy`));
    const { stdout } = await serve({ "agents.mjs": source }, { input: listAgents });
    expect(resultOf(stdout, 2)).toMatchObject({
      structuredContent: { agents: [{ name: "Foreign" }] },
    });
  });

  it("knows a file by where it really is", async () => {
    const directory = await tempDirectory();
    await mkdir(join(directory, "real"));
    await writeFile(join(directory, "real/agents.mjs"), greeter("Real"));
    await symlink(join(directory, "real"), join(directory, "link"), "junction");
    const args = ["serve", "--store", "memory", "--agents", join(directory, "link/agents.mjs")];
    const { stderr } = await holdpoint(args);
    expect(stderr).toMatch(/agents: "Real" \(agents:.*[/\\]real[/\\]agents\.mjs#Real\)/);
  });

  describe("says in one line why it cannot load", () => {
    it.each([
      ["a file that is not there", {}, /: there is no such file$/],
      [
        "an enum",
        { "agents.ts": `enum City { Oakland }\n${greeter("x")}` },
        /enum.*: no enums, namespaces or parameter properties$/,
      ],
      [
        "an import without its ending",
        {
          "agents.ts": `import { x } from "./tools";\n${greeter("x")}`,
          "tools.ts": "export const x = 1;",
        },
        /Cannot find module .*tools.*\. Imports of files need their ending, such as "\.\/tools\.ts"$/,
      ],
      [
        "a package that is not installed",
        { "agents.ts": `import "no-such-package";\n${greeter("x")}` },
        /Cannot find package 'no-such-package'.*\. Install it beside the file$/,
      ],
      [
        "a default export that is no agent",
        { "agents.ts": 'export default { name: "x" };' },
        /: its default export must be an Agent, or an array of Agents$/,
      ],
      [
        "a list with something else in it",
        { "agents.mjs": greeter("x", "[agent, undefined]") },
        /: its default export must be/,
      ],
      [
        "two agents of one name",
        { "agents.mjs": greeter("Twin", '[agent, new Agent({ name: "Twin" })]') },
        /: two agents are named "Twin"$/,
      ],
      [
        "an agent that reaches another of its name",
        { "agents.mjs": greeter("Twin", 'new Agent({ name: "Twin", handoffs: [agent] })') },
        /two different agents are named "Twin"/,
      ],
      [
        "what it throws",
        { "agents.mjs": 'throw new Error("no licence\\nat all");' },
        /: no licence$/,
      ],
      ["a mistake in its syntax", { "agents.mjs": "export default = 1;" }, /: Unexpected token/],
    ])("%s", async (_name, files, expected) => {
      const { exitCode, stdout, stderr, file } = await serve(files);
      expect({ exitCode, stdout }).toEqual({ exitCode: 1, stdout: "" });
      const lines = stderr.trimEnd().split("\n");
      expect(lines).toHaveLength(1);
      expect(lines[0]).toMatch(/^holdpoint: /);
      expect(lines[0]).toMatch(expected);
      if (!expected.source.includes("different")) expect(lines[0]).toContain(file);
    });
  });
});
