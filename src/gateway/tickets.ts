import { rootFrame } from "../engine/frames.ts";
import { errorMessage } from "../lib/errors.ts";
import type { RunId } from "../lib/ids.ts";
import type { Log } from "../lib/log.ts";
import type { RunService } from "../runs/run-service.ts";
import { blocksOf, withMark, type Answer } from "./answers.ts";
import type { CallerContext } from "./callers.ts";
import { gatewayDataOf } from "./folder.ts";
import { settledOf, type Settled } from "./outcome.ts";
import type { Standing, Standings } from "./standings.ts";

/** So much of a result is told beside another one. */
const HEAD = 2_000;
/** How many of the last runs of a client are looked through for tickets, when it comes back. */
const LOOK_BACK = 50;

/** A call that was answered with a ticket, which nobody has collected. */
interface Ticket {
  readonly runId: RunId;
  readonly wish: number;
}

/** The tickets of one client that are still out. */
export interface Tickets {
  add(ticket: Ticket): void;
  /** Its outcome was given. @returns whether it was out until then */
  collected(ticket: Ticket): boolean;
  /** An answer with what came of calls meanwhile, each told once; the answer alone where that fails. */
  withNews(service: RunService, caller: Told, answer: Answer): Promise<Answer>;
}

/** Whose answer it is that carries the news. */
type Told = Pick<CallerContext, "principal" | "requestId" | "signal">;

/** @param source of the configuration */
export function createTickets(source: string, standings: Standings, log: Log): Tickets {
  const out = new Map<string, Ticket>();
  const add = (ticket: Ticket): void => void out.set(keyOf(ticket), ticket);
  let looked: Promise<void> | undefined;
  const lookBack = async (service: RunService, principal: string): Promise<void> => {
    const { runs } = await service.list({ agent: principal, limit: LOOK_BACK });
    for (const run of runs) {
      // What this very answer tells is no news beside it.
      if (run.source !== source || standings.isTold(run.runId)) continue;
      // Nor is what another conversation with a client of this name is still there to collect.
      // oxlint-disable-next-line no-await-in-loop -- see below
      if (await service.isElsewhere(await service.state(run.runId))) continue;
      // One after the other: there are few, and a person waits for none of them.
      // oxlint-disable-next-line no-await-in-loop
      if (await isOut(service, run.runId)) add({ runId: run.runId, wish: 1 });
    }
  };
  return {
    add,
    collected: (ticket) => out.delete(keyOf(ticket)),
    async withNews(service, { principal, requestId, signal }, answer) {
      looked ??= lookBack(service, principal).catch((error: unknown) => {
        log.warn(`tickets of before cannot be looked up: ${errorMessage(error)}`);
      });
      await looked;
      let told = answer;
      const given: { ticket: Ticket; standing: Standing | undefined }[] = [];
      for (const [key, ticket] of Array.from(out)) {
        // Taken before it is looked at: two answers at once tell it once.
        out.delete(key);
        try {
          // oxlint-disable-next-line no-await-in-loop -- see above
          const news = await newsOf(service, ticket);
          if (news === undefined) add(ticket);
          else {
            told = withMark(told, news);
            // With this answer the outcome reaches the client, if all of it is told.
            const standing = news.isWhole ? standings.add(ticket.runId, requestId) : undefined;
            if (standing !== undefined) standings.give(standing);
            given.push({ ticket, standing });
          }
        } catch (error) {
          // The answer is of a call that ran: no news may take its place.
          add(ticket);
          log.warn(`cannot tell what came of run ${ticket.runId}: ${errorMessage(error)}`);
        }
      }
      // Nobody gets an answer to a call that was given up.
      for (const { ticket, standing } of signal.aborted ? given : []) {
        add(ticket);
        if (standing !== undefined) standings.remove(standing);
      }
      return told;
    },
  };
}

function keyOf({ runId, wish }: Ticket): string {
  return `${runId}.${wish}`;
}

/** What came of a call; `undefined` while nothing has. */
async function newsOf(
  service: RunService,
  { runId, wish }: Ticket,
): Promise<{ text: string; isWhole: boolean } | undefined> {
  const run = await service.state(runId);
  const settled = settledOf(run, { wish, hasStructure: false });
  if (settled === undefined) return undefined;
  const name = rootFrame(run)?.calls.get("1")?.item.name ?? "a call";
  const { text, isWhole } = headOf(settled.answer);
  const past = newsOn(name, settled);
  return { text: `Holdpoint: while you waited: ${past}; its result: ${text}`, isWhole };
}

async function isOut(service: RunService, runId: RunId): Promise<boolean> {
  const data = gatewayDataOf(await service.state(runId));
  if (data?.ticketAt === undefined || data.start.key === undefined) return false;
  const intents = await service.intents(data.start.key);
  return intents.some(({ run, isCurrent }) => run.runId === runId && isCurrent);
}

function newsOn(name: string, { outcome, known }: Settled): string {
  if (known === "refused") return `the server refused the arguments of ${name}`;
  if (known === "error") return `the server answered ${name} with an error`;
  if (known === "stated") return `a person said what came of ${name}`;
  if (outcome === "done") return `${name} ran`;
  if (outcome === "unknown") return `what came of ${name} is not known`;
  return outcome === "rejected" ? `${name} was rejected` : `${name} was not run`;
}

function headOf(answer: Answer): { text: string; isWhole: boolean } {
  if ("result" in answer && blocksOf(answer.result).some(({ type }) => type !== "text")) {
    return { ...cut(textOf(answer)), isWhole: false };
  }
  return cut(textOf(answer));
}

function textOf(answer: Answer): string {
  if ("error" in answer) return answer.error.message;
  const parts = blocksOf(answer.result);
  return parts.map((part) => (part.type === "text" ? part.text : `[${part.type}]`)).join("\n");
}

function cut(text: string): { text: string; isWhole: boolean } {
  if (text.length <= HEAD) return { text, isWhole: true };
  return { text: `${text.slice(0, HEAD)} [cut here]`, isWhole: false };
}
