import type { ConfigServer } from "../config/schema.ts";
import { environmentOf } from "../downstream/server-spec.ts";
import type { BorrowedServer } from "../downstream/tool-source.ts";
import type { Log } from "../lib/log.ts";

/** What servers say of themselves while they are started to be looked at. */
export interface Hearing {
  /** For whoever starts them. */
  readonly log: Log;
  /** The last that a server said on its standard error, secrets struck. */
  lastWords(server: string): readonly string[];
  /** Passes on what was warned of, but for what the servers' problems say themselves. */
  warn(servers: readonly Looked[]): void;
}

type Looked = Pick<BorrowedServer, "name" | "problem">;

const KEPT_LINES = 3;

/** @param log where warnings go in the end */
export function hearServers(log: Log): Hearing {
  const words = new Map<string, string[]>();
  const warnings: string[] = [];
  return {
    log: {
      info(message) {
        const [, server = "", line = ""] = /^\[([^\]]*)\] (.*)$/s.exec(message) ?? [];
        words.set(server, [...(words.get(server) ?? []), line].slice(-KEPT_LINES));
      },
      warn: (message) => void warnings.push(message),
    },
    lastWords: (server) => words.get(server) ?? [],
    warn(servers) {
      const known = servers.map(({ name, problem }) => `server "${name}": ${problem ?? ""}`);
      for (const warning of warnings) if (!known.includes(warning)) log.warn(warning);
    },
  };
}

/** Why a server did not come up, in its own words too, and what may help. */
export function explainFailure(
  problem: string,
  {
    spec,
    words,
    env,
  }: {
    spec: ConfigServer | undefined;
    words: readonly string[];
    env: Readonly<Record<string, string | undefined>>;
  },
): { text: string; remedy: string } {
  const said = words.filter((line) => !line.includes(problem));
  const text = [problem, ...said.map((line) => `it said: ${line}`)].join("\n");
  if (spec?.command === undefined) {
    return { text, remedy: `see that it runs, and that its "url" and "headers" are right` };
  }
  if (problem === "its command was not found") {
    const remedy = `install "${spec.command}", or write the whole path of the program as its "command"`;
    return { text, remedy };
  }
  const lacking = variablesIn(said).filter(
    (name) => env[name] !== undefined && !(name in environmentOf({ env: spec.env })),
  );
  if (lacking.length === 0) return { text, remedy: "start it by hand, and see what it says" };
  const lines = lacking.map((name) => `"${name}": "\${${name}}"`).join(", ");
  const names = lacking.join(" and ");
  return { text, remedy: `it did not get ${names}, set here: give it "env": { ${lines} }` };
}

/** Words that are written as names of variables are. */
function variablesIn(lines: readonly string[]): string[] {
  const found = lines.flatMap((line) => line.match(/\b[A-Z][A-Z0-9]*(?:_[A-Z0-9]+)+\b/g) ?? []);
  return [...new Set(found)];
}
