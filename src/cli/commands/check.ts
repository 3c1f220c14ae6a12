import { inspectSetUp } from "../../app/app.ts";
import type { ConfigFile } from "../../config/schema.ts";
import { findSharedResources, type SharedResources } from "../../downstream/shared-resources.ts";
import type { BorrowedServer } from "../../downstream/tool-source.ts";
import { explainFailure, hearServers, type Hearing } from "../../app/hear-servers.ts";
import { visibleLine } from "../../runs/shown-text.ts";
import { renderPaths, reportPaths, type PathReport } from "../../app/path-report.ts";
import { readOnlyTools } from "../../app/survey-servers.ts";
import { renderRows, toCodeRows, toToolRows, type ToolRow } from "../../app/tool-table.ts";
import { appOptions } from "../desk.ts";
import { printJson } from "../json-output.ts";
import type { Given } from "../literals.ts";
import type { CommandContext } from "../terminal.ts";

/** Starts the configured servers, and shows what becomes of calls of each of their tools. */
export async function run(given: Given<"check">, context: CommandContext): Promise<number> {
  const { json: form } = given;
  const { env, log, terminal } = context;
  const hearing = hearServers(log);
  const options = appOptions(given, { env, log: hearing.log });
  const { setUp, module } = await inspectSetUp(options);
  const { config, source } = setUp;
  try {
    const isTrusted = (name: string): boolean => config.mcpServers?.[name]?.trusted === true;
    const servers = await source.survey(({ name, tools, problem }) => {
      const outcome = problem === undefined ? `${tools.length} tools` : "did not come up";
      if (form === undefined) terminal.error(visibleLine(`${name}: ${outcome}`));
    });
    hearing.warn(servers);
    const rows = servers.flatMap((server) =>
      toToolRows(server, { rules: config.policy, isTrusted: isTrusted(server.name) }),
    );
    const all = [...rows, ...toCodeRows([...module, ...setUp.entries], config.policy)];
    const paths = await Promise.all(
      servers.map(async (server) =>
        reportPaths(server, { config, told: await source.tellFolders(server.name) }),
      ),
    );
    const reports = paths.filter((report): report is PathReport => report !== undefined);
    const shared = await findSharedResources(source.offers().map(({ connection }) => connection));
    const broken = servers.filter(({ problem }) => problem !== undefined);
    const failures = explain(broken, { hearing, specs: config.mcpServers, env });
    if (form !== undefined) {
      for (const row of [...all, ...reports, ...failures]) printJson(terminal, row, form);
    } else {
      const lines = [
        `${config.path} is valid.`,
        ...(all.length > 0 ? renderRows(all) : []),
        ...reports.flatMap((report) => renderPaths(report)),
        ...shared.map((each) => describeShared(each)),
        ...summary(servers, { rows, isTrusted }),
      ];
      for (const line of lines) terminal.print(visibleLine(line));
      for (const line of failures.flatMap(describeFailure)) terminal.error(visibleLine(line));
    }
    const isWrong = reports.some(({ problem }) => problem !== undefined);
    return broken.length === 0 && !isWrong ? 0 : 1;
  } finally {
    await source.close();
  }
}

function describeShared({ uris, servers }: SharedResources): string {
  const more = uris.length > 1 ? ` and ${uris.length - 1} more` : "";
  return `Resources that ${servers.join(" and ")} both list, ${uris[0] ?? ""}${more}: through the gateway ${servers[0] ?? ""} answers for them`;
}

interface Failure {
  server: string;
  problem: string;
  remedy: string;
}

function explain(
  broken: readonly BorrowedServer[],
  {
    hearing,
    specs = {},
    env,
  }: {
    hearing: Hearing;
    specs: ConfigFile["mcpServers"];
    env: CommandContext["env"];
  },
): Failure[] {
  return broken.map(({ name, problem = "" }) => {
    const words = hearing.lastWords(name);
    const { text, remedy } = explainFailure(problem, { spec: specs[name], words, env });
    return { server: name, problem: text, remedy };
  });
}

function describeFailure({ server, problem, remedy }: Failure): string[] {
  const [first = "", ...more] = problem.split("\n");
  return [
    `server "${server}" is not available: ${first}`,
    ...more.map((line) => `  ${line}`),
    `  -> ${remedy}`,
  ];
}

/** How many tools of each server do what, and what would have fewer of them ask. */
function summary(
  servers: readonly BorrowedServer[],
  { rows, isTrusted }: { rows: readonly ToolRow[]; isTrusted(server: string): boolean },
): string[] {
  const up = servers.filter(({ problem }) => problem === undefined);
  const lines = up.flatMap((server) => {
    const { name } = server;
    const count = (verdict: string): number =>
      rows.filter((row) => row.server === name && row.verdict === verdict).length;
    const counts = `${name}: ${count("allow")} run freely, ${count("ask")} ask, ${count("deny")} are denied`;
    // What is built in looks with tools of a server that must be trusted to change nothing by them.
    const shown = server.tools.filter(({ tool }) => {
      const previews = tool.previews?.();
      return previews !== undefined && (previews.binds || isTrusted(name));
    });
    const names = shown.map(({ definition }) => definition.name).join(", ");
    const looked = shown.length === 0 ? [] : [`  cards show what a call would change: ${names}`];
    const reads = readOnlyTools(server);
    if (isTrusted(name) || reads.length === 0) return [counts, ...looked];
    return [
      counts,
      ...looked,
      `  -> "trusted": true in "${name}" believes what it says of its tools; then these run freely unless a rule says otherwise: ${reads.join(", ")}`,
    ];
  });
  return lines.length === 0 ? [] : ["", ...lines];
}
