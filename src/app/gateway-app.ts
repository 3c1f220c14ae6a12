import { realpathSync } from "node:fs";

import { untrustedConfig } from "../config/choose-config.ts";
import type { Config } from "../config/load-config.ts";
import type { ToolSource } from "../downstream/tool-source.ts";
import { processOwner } from "../engine/lease.ts";
import type { CallMeans } from "../gateway/call-means.ts";
import { createCallers, type Callers } from "../gateway/callers.ts";
import { createCatalogue, type Catalogue, type RememberedLists } from "../gateway/catalogue.ts";
import { createClientFace } from "../gateway/client-face.ts";
import { createDeniedReads } from "../gateway/denied-reads.ts";
import { createDesk, type ServiceDesk } from "../gateway/desk.ts";
import type { GatewayOwn } from "../gateway/driver.ts";
import { createGatewaySource } from "../gateway/gateway-source.ts";
import { holdMsOf } from "../gateway/holds.ts";
import { createQuestions, type Questions } from "../gateway/questions.ts";
import { createRememberedLists, noLists } from "../gateway/remembered-lists.ts";
import { clientOf, createGatewayServer, type GatewayFace } from "../gateway/server.ts";
import { createStandings } from "../gateway/standings.ts";
import { createTickets } from "../gateway/tickets.ts";
import { createTurns } from "../gateway/turns.ts";
import { shiftClock, systemClock, type Clock } from "../lib/clock.ts";
import { HoldpointError } from "../lib/errors.ts";
import { changesNothing, ignoredMembers } from "../policy/named-tools.ts";
import { createPathResolver } from "../policy/real-path.ts";
import { createAgentRegistry } from "../runs/agent-registry.ts";
import type { DriverSource } from "../runs/driver-source.ts";
import { createRunService, type RunService } from "../runs/run-service.ts";
import type { RunStore } from "../runs/run-store.ts";
import { allFolders } from "./all-folders.ts";
import { chooseStore, configChoice, loadSetUp, type AppOptions } from "./app.ts";
import { openStore, storeFile } from "./open-store.ts";
import { packageVersion } from "./package-version.ts";
import type { SetUp } from "./set-up.ts";

export interface GatewayOptions extends Pick<
  AppOptions,
  "store" | "configFile" | "noConfig" | "env" | "log"
> {
  /** For how long a call is held, in place of what is known of its host. */
  holdSeconds?: number | undefined;
  /** Told of the service once the store is open. */
  opened?(service: RunService): Promise<void>;
}

export interface GatewayApp {
  readonly face: GatewayFace;
  readonly notes: readonly string[];
  close(graceMs: number): Promise<void>;
}

const DEFAULT_REPLAY_SECONDS = 900;
/** Held calls are many, and cost little. */
const MAX_RUNS_AT_ONCE = 10_000;

/**
 * Puts the gateway together. A store that cannot be opened now is tried again at every call.
 *
 * @throws HoldpointError `config_invalid`, `not_allowed`
 */
export async function createGatewayApp(options: GatewayOptions): Promise<GatewayApp> {
  const { env, log } = options;
  const choice = configChoice(options);
  if (choice.type === "untrusted") throw untrustedConfig(choice);
  let face: GatewayFace | undefined;
  const changed = (name: string): void => {
    rememberTools(remembered, setUp?.source, name);
    face?.toolsChanged();
  };
  const ask: Questions["ask"] = (...asked) => questions.ask(...asked);
  const clientFace = createClientFace({ server: () => face?.server, changed, ask });
  const setUp = await loadSetUp({ ...options, face: clientFace }, { module: [], choice });
  if (setUp === undefined) throw noConfig();
  const { config } = setUp;
  const source = `gateway:${realpathSync(config.path)}`;
  const chosen = chooseStore(options, config);
  const remembered = listsBeside(storeFile(chosen, env), source);
  const catalogue = catalogueOf(setUp, remembered);
  const callers = createCallers();
  const client = () => clientOf(face?.server);
  const questions = createQuestions({ desk: () => store.desk(), callers, source, client });
  const own = toOwn(config, { catalogue, callers, questions });
  const driver = createGatewaySource(source, own);
  const { store, clock } = createTimedDesk(options, { chosen, driver });
  const standings = createStandings();
  face = createGatewayServer(
    {
      desk: store.desk,
      storeProblem: store.problem,
      // Once it is known what the client can do, and not before `initialize` is answered.
      opened() {
        startServers(setUp);
        void store.desk().catch(() => undefined);
      },
      catalogue,
      own,
      standings,
      tickets: createTickets(source, standings, log),
      turns: createTurns(),
      callers,
      clock,
      log,
      owner: processOwner,
      source,
      ...termsOf(config, options),
    },
    packageVersion(),
  );
  return {
    face,
    notes: [`the configuration is ${config.path}`],
    async close(graceMs) {
      await questions.end();
      await store.close(graceMs);
      await setUp.source.close();
    },
  };
}

function catalogueOf({ source, config }: SetUp, remembered: RememberedLists): Catalogue {
  return createCatalogue(source, {
    remembered,
    changesNothing: (server, tool) => changesNothing(config.policy, { server, tool }),
  });
}

function listsBeside(file: string | undefined, source: string): RememberedLists {
  return file === undefined ? noLists : createRememberedLists(`${file}.lists.json`, source);
}

/** What a server lists now; one that did not come up may have what it had. */
function rememberTools(
  remembered: RememberedLists,
  source: Pick<ToolSource, "offers"> | undefined,
  name: string,
): void {
  const offer = source?.offers().find(({ connection }) => connection.name === name);
  if (offer === undefined || offer.connection.version === 0) return;
  remembered.remember(
    name,
    offer.connection.tools.map(({ listed }) => listed),
  );
}

function noConfig(): HoldpointError {
  const message =
    "There is no configuration: name one with --config, or write one with holdpoint init";
  return new HoldpointError("config_invalid", message);
}

/** For how long calls are held and answers repeated, and what does not tell calls apart. */
function termsOf(
  { gateway, policy, directory }: Config,
  { holdSeconds: seconds }: GatewayOptions,
): Pick<CallMeans, "replayMs" | "holdMs" | "ignored" | "deniedRead"> {
  return {
    replayMs: (gateway?.replaySeconds ?? DEFAULT_REPLAY_SECONDS) * 1_000,
    holdMs: (client) => holdMsOf(client, { seconds, byClient: gateway?.hold }),
    ignored: (server, tool) => ignoredMembers(policy, { server, tool }),
    deniedRead: createDeniedReads(policy, createPathResolver(directory)),
  };
}

function startServers({ source }: SetUp): void {
  for (const { connection } of source.offers()) void connection.settle();
}

function toOwn(
  { approvers = {}, limits }: Config,
  {
    catalogue,
    callers,
    questions,
  }: { catalogue: Catalogue; callers: Callers; questions: GatewayOwn["questions"] },
): GatewayOwn {
  const { agents = {}, default: level = "confirm" } = approvers;
  return {
    served: (server, tool) => catalogue.served(server, tool),
    settle: (server, signal) => catalogue.settle(server, signal),
    whyMissing: (server, tool) => catalogue.whyMissing(server, tool),
    waiting: (runId) => callers.of(runId),
    levelOf: (client) => (Object.hasOwn(agents, client) ? agents[client] : level) ?? level,
    approvalSeconds: limits?.approvalTimeoutSeconds,
    questions,
  };
}

/** The store, and its clock: this machine's until it is open. */
function createTimedDesk(
  options: GatewayOptions,
  means: Parameters<typeof openService>[1],
): { store: ServiceDesk; clock: Clock } {
  let aheadMs: RunStore["aheadMs"];
  const open = async (): Promise<RunService> => {
    const opened = await openService(options, means);
    ({ aheadMs } = opened);
    return opened.service;
  };
  const clock = shiftClock(systemClock, () => aheadMs?.() ?? 0);
  return { store: createDesk(open, options.log), clock };
}

/** The service of the store, as the gateway needs it. */
async function openService(
  options: GatewayOptions,
  { chosen, driver }: { chosen: string | undefined; driver: DriverSource },
): Promise<{ service: RunService; aheadMs: RunStore["aheadMs"] }> {
  const { store, sessions } = await openStore(chosen, options);
  const service = createRunService({
    store,
    sessions,
    log: options.log,
    folders: allFolders,
    registry: createAgentRegistry([], {}),
    drivers: [driver],
    maxRunsAtOnce: MAX_RUNS_AT_ONCE,
  });
  service.recover();
  await options.opened?.(service);
  return { service, aheadMs: store.aheadMs };
}
