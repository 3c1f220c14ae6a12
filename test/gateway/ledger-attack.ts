import { DatabaseSync } from "node:sqlite";
import { setTimeout as delay } from "node:timers/promises";

import type { CallToolResult } from "@modelcontextprotocol/sdk/types.js";

import { createDeskService } from "../../src/app/app.ts";
import { createLog } from "../../src/lib/log.ts";
import type { RunService } from "../../src/runs/run-service.ts";
import { textOf, type GatewayClient, type GatewaySite } from "../support/gateway-site.ts";

/** The rules that an attack is made under: one tool runs freely, the other one asks. */
export const attackConfig = { policy: [{ verdict: "allow", server: "effects", tool: "add" }] };

/** Three of them without an answer, and a call is stuck. */
const HOLD_SECONDS = 20;

/** What became of one wish, over all the times that it was sent. */
interface Wish {
  readonly tool: "add" | "add_typed";
  readonly line: string;
  readonly answers: CallToolResult[];
}

const blows = ["kill", "close", "cancel", "kill_inside", "two_gateways", "kill_twice"] as const;
type Blow = (typeof blows)[number];

/**
 * Sends calls, and does something to the gateway or the client at some moment; sends what was not
 * answered once more, until all is answered, while a person decides on whatever is asked.
 *
 * @returns what was broken of the promise, one line each
 */
export async function attackLedger(
  site: GatewaySite,
  { rounds, seed, calls = 5 }: { rounds: number; seed: number; calls?: number },
): Promise<string[]> {
  const random = createRandom(seed);
  const person = await startPerson(site);
  const wishes: Wish[] = [];
  const broken: string[] = [];
  try {
    for (let round = 0; round < rounds; round += 1) {
      const blow = blows[round % blows.length] ?? "kill";
      const sent = Array.from({ length: calls }, (_, index): Wish => {
        const tool = index % 2 === 0 ? "add" : "add_typed";
        return { tool, line: `${round}-${index}-${blow}`, answers: [] };
      });
      wishes.push(...sent);
      await strike(site, { sent, blow, random });
      broken.push(
        ...sent.flatMap((wish) => (wish.answers.length > 0 ? [] : `stuck: ${wish.line}`)),
      );
    }
  } finally {
    await person.end();
    site.releaseEffects();
  }
  return [...broken, ...check(site, { wishes, asked: person.asked })];
}

async function strike(
  site: GatewaySite,
  { sent, blow, random }: { sent: readonly Wish[]; blow: Blow; random: () => number },
): Promise<void> {
  const first = await site.open({ hold: HOLD_SECONDS });
  if (blow === "kill_inside" || blow === "kill_twice") site.holdEffects();
  const controller = new AbortController();
  const calling = sent.map((wish) => send(first, wish, controller.signal));
  await momentOf(site, { sent, blow, random });
  if (blow === "close") await first.close();
  else if (blow === "cancel") controller.abort();
  else if (blow !== "two_gateways") await first.kill();
  if (blow === "kill_twice") {
    const second = await site.open({ hold: HOLD_SECONDS });
    const again = open(sent).map((wish) => send(second, wish));
    await delay(random() * 150);
    await second.kill();
    await Promise.all(again);
  }
  site.releaseEffects();
  await repeat(site, { sent, blow, first });
  await Promise.all(calling);
  await first.close().catch(() => undefined);
}

/** Sends what has no answer until all has one; from two gateways at once where that is the blow. */
async function repeat(
  site: GatewaySite,
  { sent, blow, first }: { sent: readonly Wish[]; blow: Blow; first: GatewayClient },
): Promise<void> {
  const again = blow === "cancel" ? first : await site.open({ hold: HOLD_SECONDS });
  const other = blow === "two_gateways" ? await site.open({ hold: HOLD_SECONDS }) : undefined;
  for (let times = 0; open(sent).length > 0 && times < 3; times += 1) {
    const gateways = other === undefined ? [again] : [again, other];
    await Promise.all(gateways.flatMap((gateway) => open(sent).map((wish) => send(gateway, wish))));
  }
  if (again !== first) await again.close();
  await other?.close();
}

function open(sent: readonly Wish[]): Wish[] {
  return sent.filter(({ answers }) => answers.length === 0);
}

/** Resolves also where no answer came: the gateway was killed, or the call given up. */
async function send(gateway: GatewayClient, wish: Wish, signal?: AbortSignal): Promise<void> {
  const options = signal === undefined ? {} : { signal };
  const calling = gateway.call(wish.tool, { line: wish.line }, options);
  const result = await calling.catch(() => undefined);
  if (result === undefined || result._meta?.["holdpoint/ticket"] !== undefined) return;
  wish.answers.push(result);
}

/** Waits for some moment: a number of entries, an effect that has begun, or just a while. */
async function momentOf(
  site: GatewaySite,
  { sent, blow, random }: { sent: readonly Wish[]; blow: Blow; random: () => number },
): Promise<void> {
  const until = performance.now() + 10_000;
  if (blow === "kill_inside" || blow === "kill_twice") {
    const hasBegun = (): boolean => sent.some(({ line }) => site.effects().includes(line));
    while (!hasBegun() && performance.now() < until) await delay(2);
    await delay(random() * 20);
    return;
  }
  const wanted = 1 + Math.floor(random() * sent.length * 6);
  const before = countEntries(site);
  while (countEntries(site) - before < wanted && performance.now() < until) {
    if (sent.every(({ answers }) => answers.length > 0)) return;
    await delay(1);
  }
}

function countEntries({ store }: GatewaySite): number {
  try {
    const database = new DatabaseSync(store, { readOnly: true });
    try {
      return Number(database.prepare("SELECT max(rowid) AS n FROM entries").get()?.["n"] ?? 0);
    } finally {
      database.close();
    }
  } catch {
    return 0;
  }
}

interface Person {
  /** How often a call was asked about that had not run, by its line. */
  readonly asked: ReadonlyMap<string, number>;
  end(): Promise<void>;
}

/** Says yes to every call, and the truth of every doubt. */
async function startPerson(site: GatewaySite): Promise<Person> {
  const log = createLog({ write: () => undefined });
  const options = { store: site.store, configFile: site.config, env: {}, log };
  const service: RunService = await createDeskService(options);
  const asked = new Map<string, number>();
  const seen = new Set<string>();
  const ending = new AbortController();
  const work = async (): Promise<void> => {
    while (!ending.signal.aborted) {
      const { approvals } = await service.pending({ limit: 100 });
      for (const { approvalId, kind, arguments: text } of approvals) {
        const { line = "" } = JSON.parse(text) as { line?: string };
        if (kind === "tool_call" && !seen.has(approvalId)) {
          asked.set(line, (asked.get(line) ?? 0) + 1);
        }
        seen.add(approvalId);
        const ran = site.effects().includes(line);
        const isDoubt = kind === "outcome_unknown";
        await service
          .decide(approvalId, {
            decision: isDoubt && ran ? "rejected" : "approved",
            by: "somebody",
            channel: "library",
            level: "person",
            ...(isDoubt && ran ? { message: `stated ${line}` } : {}),
          })
          .catch(() => undefined);
      }
      await delay(10);
    }
  };
  const working = work();
  return {
    asked,
    async end() {
      ending.abort();
      await working;
      await service.close();
    },
  };
}

function check(
  site: GatewaySite,
  { wishes, asked }: { wishes: readonly Wish[]; asked: ReadonlyMap<string, number> },
): string[] {
  const effects = site.effects();
  return wishes.flatMap(({ tool, line, answers }) => {
    const ran = effects.filter((each) => each === line).length;
    const times = asked.get(line) ?? 0;
    const unmarked = answers.filter((answer) => answer._meta?.["holdpoint/replayed"] === undefined);
    const texts = answers.map((answer) => textOf(answer));
    return [
      ...(ran === 1 ? [] : [`${line} ran ${ran} times: ${texts.join(" | ")}`]),
      ...(times <= (tool === "add" ? 0 : 1) ? [] : [`${line} was asked about ${times} times`]),
      ...(unmarked.length <= 1 ? [] : [`${line} was answered unmarked ${unmarked.length} times`]),
      ...(texts.every((text) => /^(added|stated) /.test(text)) ? [] : [`${line}: ${texts.join()}`]),
    ];
  });
}

function createRandom(seed: number): () => number {
  let state = seed >>> 0;
  return () => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
    return state / 2 ** 32;
  };
}
