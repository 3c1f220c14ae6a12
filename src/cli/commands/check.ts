import { inspectSetUp } from "../../app.ts";
import { visibleLine } from "../../runs/shown-text.ts";
import { renderPaths, reportPaths, type PathReport } from "../../path-report.ts";
import { renderRows, toCodeRows, toToolRows } from "../../tool-table.ts";
import { printJson, takeJsonForm } from "../json-output.ts";
import { agentsOptions, appOptions, parseCommand } from "../options.ts";
import type { CommandContext } from "../terminal.ts";

/** Starts the configured servers, and shows what becomes of calls of each of their tools. */
export async function run(args: string[], context: CommandContext): Promise<number> {
  const { rest, form } = takeJsonForm(args);
  const { values } = parseCommand(rest, { options: agentsOptions });
  const { setUp, module } = await inspectSetUp(appOptions(values, context));
  const { config, source } = setUp;
  const { terminal } = context;
  try {
    const servers = await source.survey();
    const rows = servers.flatMap((server) => {
      const isTrusted = config.mcpServers?.[server.name]?.trusted === true;
      return toToolRows(server, { rules: config.policy, isTrusted });
    });
    const all = [...rows, ...toCodeRows([...module, ...setUp.entries], config.policy)];
    const paths = await Promise.all(
      servers.map(async (server) =>
        reportPaths(server, { config, told: await source.tellFolders(server.name) }),
      ),
    );
    const reports = paths.filter((report): report is PathReport => report !== undefined);
    const broken = servers.filter(({ problem }) => problem !== undefined);
    if (form !== undefined) {
      for (const row of all) printJson(terminal, row, form);
      for (const report of reports) printJson(terminal, report, form);
      for (const { name, problem } of broken) {
        printJson(terminal, { server: name, problem }, form);
      }
    } else {
      terminal.print(`${config.path} is valid.`);
      if (all.length > 0)
        terminal.print(
          renderRows(all)
            .map((line) => visibleLine(line))
            .join("\n"),
        );
      for (const line of reports.flatMap((report) => renderPaths(report))) {
        terminal.print(visibleLine(line));
      }
      for (const { name, problem = "" } of broken) {
        terminal.error(`server "${name}" is not available: ${visibleLine(problem)}`);
      }
    }
    const isWrong = reports.some(({ problem }) => problem !== undefined);
    return broken.length === 0 && !isWrong ? 0 : 1;
  } finally {
    await source.close();
  }
}
