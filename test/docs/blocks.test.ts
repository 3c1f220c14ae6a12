import { mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";

import { describe, expect, it } from "vitest";

import { namedBy } from "../../src/cli/read-given.ts";
import { usageOf } from "../../src/cli/usage.ts";
import { loadConfig } from "../../src/config/load-config.ts";
import { parseObject } from "../../src/hosts/json-members.ts";
import { commandFile, holdpoint, runProgram } from "../support/command.ts";
import { makeHostSite } from "../support/host-site.ts";
import { startOpenAiStandIn } from "../support/openai-stand-in.ts";
import { useTempDirectory } from "../support/temp-directory.ts";
import { blocks, root, typed } from "./blocks.ts";
import { makeProject } from "./project.ts";

const tempDirectory = useTempDirectory();

function numbered(language: string): [string, string][] {
  const chosen = blocks.filter((block) => language.split("|").includes(block.language));
  return chosen.map(({ page, text }, at) => [`${page}, the ${at + 1}. of ${language}`, text]);
}

/** The options of the command that is typed, which there must be. */
function optionsOf(...words: string[]): string[] {
  const name = namedBy(words);
  if (name === undefined) throw new Error(`There is no command ${words.join(" ")}`);
  return usageOf(name).match(/--[a-z-]+/g) ?? [];
}

describe("the pages", () => {
  it("have blocks of kinds that are tried here only", () => {
    expect([...new Set(blocks.map(({ language }) => language))].toSorted()).toEqual([
      "json",
      "jsonc",
      "sh",
      "text",
      "ts",
    ]);
  });

  it.each(typed.map(({ page, command }) => [page, command]))(
    "%s says a command that there is: %s",
    (_page, command) => {
      const scripts = JSON.parse(readFileSync(join(root, "package.json"), "utf8")) as {
        scripts: Record<string, string>;
      };
      for (const [, script = ""] of command.matchAll(/npm run ([\w:]+)/g)) {
        expect(Object.keys(scripts.scripts)).toContain(script);
      }
      const calls = [
        ...command.matchAll(/(?:^|[ "/])holdpoint(?:\.js"?)? ([a-z]+(?:-[a-z]+)*)([^|;&]*)/g),
      ];
      for (const [, verb = "", rest = ""] of calls) {
        const used = [...rest.replaceAll(/'[^']*'/g, "").matchAll(/ (--[a-z-]+)/g)];
        const options = used.map(([, name = ""]) => name).filter((name) => name !== "--help");
        expect(optionsOf(verb, ...(rest.match(/\S+/g) ?? []))).toEqual(
          expect.arrayContaining(options),
        );
      }
    },
  );

  it.each(numbered("json|jsonc"))("%s is a configuration that is valid", async (_name, text) => {
    const value = parseObject(text);
    const servers = (value["mcpServers"] ?? value["servers"]) as Record<
      string,
      { args?: string[] }
    >;
    const ours = servers["holdpoint"];
    if (ours !== undefined) {
      const [, verb = "", ...options] = ours.args ?? [];
      expect(optionsOf(verb)).toEqual(
        expect.arrayContaining(options.filter((word) => word.startsWith("--"))),
      );
      return;
    }
    const directory = await tempDirectory();
    mkdirSync(join(directory, "notes"));
    writeFileSync(join(directory, "clerk.md"), "Keep the notes.");
    const file = join(directory, "holdpoint.json");
    writeFileSync(file, text);
    const env = { TRACKER_TOKEN: "t", GITHUB_TOKEN: "t" };
    expect(loadConfig(file, { env }).path).toContain("holdpoint.json");
  });

  it("have programs that the compiler takes", async () => {
    const folder = makeProject(await tempDirectory());
    const given = "declare const agent: import('holdpoint').Agent;\n";
    for (const [at, [, text]] of numbered("ts").entries()) {
      const isPart =
        /\bagent\b/.test(text) && !/const agent\b/.test(text) && !text.includes("export default");
      writeFileSync(join(folder, `block-${at}.ts`), isPart ? given + text : text);
    }
    const compilerOptions = { strict: true, module: "NodeNext", target: "ES2023", noEmit: true };
    writeFileSync(
      join(folder, "tsconfig.json"),
      JSON.stringify({
        compilerOptions: { ...compilerOptions, skipLibCheck: true, types: ["node"] },
      }),
    );
    const checked = await runProgram(join(root, "test/node_modules/.bin/tsc"), ["-p", folder]);
    expect(checked).toMatchObject({ exitCode: 0, stdout: "" });
  }, 120_000);

  it("have a program in the README that does what it says", async () => {
    const folder = makeProject(await tempDirectory());
    const [, text = ""] = numbered("ts").find(([name]) => name.startsWith("README.md")) ?? [];
    writeFileSync(join(folder, "program.ts"), text);
    const api = await startOpenAiStandIn();
    try {
      const call = { name: "refund_order", arguments: '{"orderId":"17","cents":9900}' };
      const tool_calls = [{ id: "call_1", type: "function", function: call }];
      api.reply(
        { message: { role: "assistant", content: null, tool_calls } },
        { message: { role: "assistant", content: "Done." } },
      );
      const env = { OPENAI_API_KEY: "k", OPENAI_BASE_URL: api.url, OPENAI_API: "chat" };
      const ran = await runProgram(process.execPath, ["program.ts"], { cwd: folder, env });
      expect(ran).toMatchObject({ exitCode: 0, stdout: "Done.\n" });
      expect(JSON.stringify(api.requests.at(-1)?.body)).toContain("Refunded 9900 cents on 17");
    } finally {
      await api.close();
    }
  });

  it("have a shell pipe that gets an answer", async () => {
    const pipe = blocks.find(({ text }) => text.startsWith("printf '%s"))?.text ?? "";
    const home = await tempDirectory();
    const command = pipe.replace("npx holdpoint", `"${process.execPath}" "${commandFile}"`);
    const env = { HOME: home, XDG_STATE_HOME: join(home, "state") };
    const { stdout } = await runProgram("sh", ["-c", command], { cwd: home, env });
    expect(stdout).toContain("awaiting_approval");
  });

  it("have commands in the README that do what it says, in an empty home", async () => {
    const home = await tempDirectory();
    const site = makeHostSite(home, ["claude-desktop"]);
    writeFileSync(join(home, "claude_desktop_config.json"), site.read("claude-desktop"));
    const said = typed.filter(({ page }) => page === "README.md").map(({ command }) => command);
    /** Those that end by themselves, what is typed, and what they say. */
    const plays: [command: string, input: string, says: string][] = [
      ["npx holdpoint connect --dry-run", "", "Nothing was changed."],
      ["npx holdpoint connect", "y\nn\ny\n", "Moved."],
      ["npx holdpoint doctor", "", "Claude Desktop starts holdpoint"],
      ['npx holdpoint run "What is the temperature in Oakland?"', "y\n", "Oakland is 20 degrees"],
      ["npx holdpoint init --from claude_desktop_config.json", "n\ny\ny\n", "Written."],
    ];
    for (const [command, input, says] of plays) {
      expect(said).toContain(command);
      const words = [...command.matchAll(/"([^"]*)"|(\S+)/g)].map(
        ([, quoted, word]) => quoted ?? word ?? "",
      );
      const { stdout, stderr } = await holdpoint(words.slice(2), {
        env: site.env,
        cwd: home,
        input,
      });
      expect(stdout + stderr).toContain(says);
    }
    const back = await holdpoint(["disconnect"], { env: site.env, cwd: home });
    expect(back.stdout).toContain("is as it was");
  }, 120_000);
});
