import { mkdir, realpath, writeFile } from "node:fs/promises";
import { join } from "node:path";

import { describe, expect, it } from "vitest";

import { loadConfig } from "../../src/config/load-config.ts";
import type { ServerTool } from "../../src/downstream/definition.ts";
import { renderPaths, reportPaths, type PathReport } from "../../src/app/path-report.ts";
import { useTempDirectory } from "../support/temp-directory.ts";

const tempDirectory = useTempDirectory();

const string = { type: "string" };
const tools: Record<string, Record<string, unknown>> = {
  write_thing: { target_file: string, content: string },
  read_things: { names: { type: "array", items: string, description: "Paths; each a path." } },
  ping: {},
};

/** What is said of a server with those tools under rules; FOLDER is that of the configuration. */
async function report(
  server: Record<string, unknown>,
  {
    told,
    rule = { verdict: "deny", paths: { under: "x" } },
  }: { told?: string; rule?: unknown } = {},
): Promise<{ folder: string; report: PathReport | undefined }> {
  const folder = await realpath(await tempDirectory());
  await mkdir(join(folder, "notes"));
  const file = join(folder, "holdpoint.json");
  await writeFile(file, JSON.stringify({ mcpServers: { s: server }, policy: [rule] }));
  const config = loadConfig(file, { env: {} });
  const entries = Object.entries(tools).map(([name, properties]) => ({
    definition: { name, parameters: { properties } } as unknown as ServerTool,
    tool: {} as never,
    parts: {} as never,
    drifted: undefined,
  }));
  const given = { config, told: told?.replaceAll("FOLDER", folder) };
  return { folder, report: reportPaths({ name: "s", tools: entries }, given) };
}

describe("what check says of paths", () => {
  it("names arguments that are declared nowhere, in lines that declare them", async () => {
    const { report: said } = await report({ command: "node" });
    expect(said?.undeclared).toEqual({
      write_thing: ["$.target_file"],
      read_things: ["$.names[*]"],
      ping: [],
    });
    const lines = said === undefined ? [] : renderPaths(said);
    const text = lines.slice(2).join("\n");
    const declared = JSON.parse(`{${text}}`) as { paths: unknown };
    expect((await report({ command: "node", ...declared })).report?.undeclared).toEqual({});
  });

  it("is nothing where no rule speaks of paths", async () => {
    const rule = { verdict: "deny", tool: "write_*" };
    expect((await report({ command: "node" }, { rule })).report).toBeUndefined();
  });

  it.each<[string, string, boolean | undefined, boolean]>([
    ["proves a base that the server names", "Allowed directories:\nFOLDER/notes", true, false],
    ["says that it is in a folder of the server's", "FOLDER", false, false],
    ["says that it is in none of them", '["/elsewhere"]', false, true],
    ["takes what it is told where the server says nothing", "", undefined, false],
  ])("%s", async (_name, told, proved, isWrong) => {
    const server = { command: "node", paths: { base: "notes" } };
    const { report: said } = await report(server, { told });
    expect([said?.proved, said?.problem !== undefined]).toEqual([proved, isWrong]);
  });
});
