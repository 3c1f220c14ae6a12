import type { Client } from "@modelcontextprotocol/sdk/client/index.js";

import type { Log } from "../lib/log.ts";
import type { ClientFace } from "./client-face.ts";
import { describeFailure } from "./failures.ts";
import { nothingYet, toOffer, type ServerOffer } from "./offer.ts";
import { listTools } from "./requests.ts";
import { createRedactor, type Redact } from "./secrets.ts";
import type { ServerSpec } from "./server-spec.ts";
import { closeClient, openClient } from "./transport.ts";
import { errorCode } from "../lib/errors.ts";

/** Time for a server to come up; `npx` may have to download it first. */
export const START_MS = 60_000;
const FIRST_PAUSE_MS = 250;
const LONGEST_PAUSE_MS = 60_000;

export interface LinkOptions {
  readonly name: string;
  readonly spec: ServerSpec;
  readonly log: Log;
  readonly version: string;
  /** Default: a program that calls tools and can do nothing else. */
  readonly face?: ClientFace | undefined;
}

/** How things stand with one server. */
export interface Link extends LinkOptions {
  readonly redact: Redact;
  /** As it was last told, also while the server is being started again. */
  offer: ServerOffer;
  /** How many lists were taken in. */
  listed: number;
  /** The list that is being read since the server said that it changed. */
  listing: Promise<void> | undefined;
  /** Why it cannot be used now; `undefined` when it can. */
  problem: string | undefined;
  /** How often it failed since it last answered a call. */
  failures: number;
  /** It is not started before, by `performance.now()`. */
  pausedUntil: number;
  /** A start that is under way. */
  starting: Promise<Client> | undefined;
  /** The client of that start, while it connects. */
  opening: Client | undefined;
  /** The client that is connected. */
  client: Client | undefined;
  isClosed: boolean;
}

export function createLink(options: LinkOptions): Link {
  return {
    ...options,
    redact: createRedactor(options.spec),
    offer: nothingYet,
    listed: 0,
    listing: undefined,
    problem: "it was not started yet",
    failures: 0,
    pausedUntil: 0,
    starting: undefined,
    opening: undefined,
    client: undefined,
    isClosed: false,
  };
}

/** The client that is connected, or that of a start: one that is under way, or begins now. */
export function connect(link: Link): Promise<Client> {
  const { client, starting, failures, problem } = link;
  if (client !== undefined) return Promise.resolve(client);
  if (starting !== undefined) return starting;
  link.problem = failures === 0 ? "it is still starting" : `${problem}; it is being started again`;
  const attempt = openLink(link)
    .catch((error: unknown) => {
      fail(link, error);
      throw error;
    })
    .finally(() => {
      if (link.starting === attempt) link.starting = undefined;
    });
  link.starting = attempt;
  // Whoever waits is told; where nobody does, `problem` says it.
  attempt.catch(() => undefined);
  return attempt;
}

/** Does without a client that is of no more use. */
export function abandon(link: Link, used: Client, error: unknown): void {
  if (link.client === used) link.client = undefined;
  fail(link, error);
  void closeClient(used);
}

function fail(link: Link, error: unknown): void {
  const { name, log, face, failures } = link;
  const problem = link.redact(describeFailure(error));
  link.problem = problem;
  link.pausedUntil = performance.now() + pauseMs(failures);
  link.failures += 1;
  if (link.isClosed) return;
  log.warn(`server "${name}": ${visible(problem)}`);
  face?.changed(name);
}

async function openLink(link: Link): Promise<Client> {
  const { name, spec, version, redact, face } = link;
  const onLine = (line: string): void => say(link, line);
  await pause(link.pausedUntil - performance.now());
  const capabilities = face?.capabilities();
  const { client, transport } = await openClient({ spec, version, redact, capabilities, onLine });
  if (link.isClosed) throw new Error("the connection was closed");
  face?.opening(client, name, redact);
  link.opening = client;
  let lost: Error | undefined;
  // oxlint-disable-next-line unicorn/prefer-add-event-listener -- the SDK has no events
  client.onclose = () => {
    lost = new Error("it stopped");
    if (link.client !== client) return;
    link.client = undefined;
    fail(link, lost);
  };
  // oxlint-disable-next-line unicorn/prefer-add-event-listener -- the SDK has no events
  client.onerror = (error) => isItsOwn(error) && onLine(redact(describeFailure(error)));
  try {
    await watchList(client, () => relist(link, client));
    await client.connect(transport, { timeout: START_MS });
    await learn(link, client);
    if (lost !== undefined) throw lost;
    if (link.isClosed) throw new Error("the connection was closed");
  } catch (error) {
    await closeClient(client);
    throw error;
  } finally {
    link.opening = undefined;
  }
  link.client = client;
  link.problem = undefined;
  return client;
}

async function learn(link: Link, from: Client): Promise<void> {
  const list = await listTools(from);
  if (link.client !== from && link.client !== undefined) return;
  link.offer = toOffer(list, from, link);
  link.listed += 1;
  link.face?.changed(link.name);
}

function relist(link: Link, from: Client): void {
  const { name, log, redact } = link;
  link.listing = learn(link, from)
    .catch((error: unknown) => {
      if (link.client === from) log.warn(`server "${name}": ${redact(describeFailure(error))}`);
    })
    .finally(() => {
      link.listing = undefined;
    });
}

async function watchList(client: Client, onChange: () => void): Promise<void> {
  const { ToolListChangedNotificationSchema } = await import("@modelcontextprotocol/sdk/types.js");
  client.setNotificationHandler(ToolListChangedNotificationSchema, onChange);
}

function say({ name, log }: Link, line: string): void {
  log.info(`[${name}] ${visible(line)}`);
}

function pauseMs(failures: number): number {
  return failures === 0 ? 0 : Math.min(FIRST_PAUSE_MS * 2 ** (failures - 1), LONGEST_PAUSE_MS);
}

async function pause(ms: number): Promise<void> {
  if (ms <= 0) return;
  await new Promise<void>((resolve) => {
    setTimeout(resolve, ms).unref();
  });
}

/** One line without what a terminal would obey. */
function visible(text: string): string {
  return text.replaceAll(/[\p{Cc}\p{Cf}]/gu, (character) =>
    character === "\t" ? " " : String.raw`\u{${(character.codePointAt(0) ?? 0).toString(16)}}`,
  );
}

/** That nobody reads on is told by its end, and is no word of the server. */
function isItsOwn(error: Error): boolean {
  return errorCode(error) !== "EPIPE";
}
