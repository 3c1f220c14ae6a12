import { rootFrame } from "../engine/state.ts";
import { errorMessage } from "../lib/errors.ts";
import type { RunId } from "../lib/ids.ts";
import type { Log } from "../lib/log.ts";
import type { RunService } from "../runs/run-service.ts";
import { withMark, type Answer } from "./answers.ts";
import { gatewayDataOf } from "./driver.ts";
import { settledOf } from "./outcome.ts";

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
  /** Its outcome was given. */
  collected(ticket: Ticket): void;
  /** An answer with what came of calls meanwhile, each told once; the answer alone where that fails. */
  withNews(service: RunService, principal: string, answer: Answer): Promise<Answer>;
}

export function createTickets(source: string, log: Log): Tickets {
  const out = new Map<string, Ticket>();
  const add = (ticket: Ticket): void => void out.set(keyOf(ticket), ticket);
  let looked: Promise<void> | undefined;
  const lookBack = async (service: RunService, principal: string): Promise<void> => {
    const { runs } = await service.list({ agent: principal, limit: LOOK_BACK });
    for (const run of runs) {
      if (run.source !== source) continue;
      // One after the other: there are few, and a person waits for none of them.
      // oxlint-disable-next-line no-await-in-loop
      if (await isOut(service, run.runId)) add({ runId: run.runId, wish: 1 });
    }
  };
  return {
    add,
    collected: (ticket) => void out.delete(keyOf(ticket)),
    async withNews(service, principal, answer) {
      looked ??= lookBack(service, principal).catch(() => undefined);
      await looked;
      let told = answer;
      for (const [key, ticket] of Array.from(out)) {
        // Taken before it is looked at: two answers at once tell it once.
        out.delete(key);
        try {
          // oxlint-disable-next-line no-await-in-loop -- see above
          const text = await newsOf(service, ticket);
          if (text === undefined) add(ticket);
          else told = withMark(told, { text });
        } catch (error) {
          // The answer is of a call that ran: no news may take its place.
          add(ticket);
          log.warn(`cannot tell what came of run ${ticket.runId}: ${errorMessage(error)}`);
        }
      }
      return told;
    },
  };
}

function keyOf({ runId, wish }: Ticket): string {
  return `${runId}.${wish}`;
}

/** What came of a call; `undefined` while nothing has. */
async function newsOf(service: RunService, { runId, wish }: Ticket): Promise<string | undefined> {
  const run = await service.state(runId);
  const settled = settledOf(run, { wish, hasStructure: false });
  if (settled === undefined) return undefined;
  const name = rootFrame(run)?.calls.get("1")?.item.name ?? "a call";
  return `Holdpoint: while you waited: ${pastOf(name, settled.outcome)}; its result: ${headOf(settled.answer)}`;
}

async function isOut(service: RunService, runId: RunId): Promise<boolean> {
  const data = gatewayDataOf(await service.state(runId));
  if (data?.ticketAt === undefined || data.start.key === undefined) return false;
  const intents = await service.intents(data.start.key);
  return intents.some(({ run, isCurrent }) => run.runId === runId && isCurrent);
}

function pastOf(name: string, outcome: string): string {
  if (outcome === "done") return `${name} was approved and ran`;
  return outcome === "rejected" ? `${name} was rejected` : `${name} was not run`;
}

function headOf(answer: Answer): string {
  const text =
    "error" in answer
      ? answer.error.message
      : answer.result.content
          .map((part) => (part.type === "text" ? part.text : `[${part.type}]`))
          .join("\n");
  return text.length <= HEAD ? text : `${text.slice(0, HEAD)} [cut here]`;
}
