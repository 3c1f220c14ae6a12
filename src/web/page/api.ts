import type { GivenDecision } from "../../engine/vocabulary.ts";
import type { Problem } from "../../http/reply.ts";
import type { DecisionOutcome } from "../../runs/decision-request.ts";
import type { GrantReport } from "../../runs/grants/grant.ts";
import type { StatsReport } from "../../runs/stats/stats.ts";
import type { StoryLine } from "../../runs/story.ts";
import type {
  ApprovalPage,
  DecidedList,
  OfferPage,
  PendingList,
  SessionReport,
} from "../inbox-lists.ts";
import type { TrustQuestion } from "../prove.ts";

/** What the inbox said instead of doing what it was asked. */
export class ApiError extends Error {
  readonly code: string;

  constructor({ code, message }: Problem) {
    super(message);
    this.code = code;
  }
}

/** A verdict, on what the page showed. */
export interface PageVerdict {
  decision: GivenDecision;
  action: string;
  message?: string;
  /** JSON text. */
  arguments?: string;
  /** Of a call of high risk: the fact that is asked for. */
  typed?: string;
  always?: boolean;
  /** With `always`: how often it was shown to be asked for at once. */
  times?: number;
  others?: string[];
  /** Also for later calls that are like it, as the page showed it. */
  grant?: { seconds: number; covers: string[]; releases: string[] };
  pin?: string;
}

/** Everything the page asks its server. Every method may throw an `ApiError`. */
export interface Api {
  readonly by: string;
  readonly store: string;
  readonly asksPin: boolean;
  pending(): Promise<PendingList>;
  decided(): Promise<DecidedList>;
  approval(id: string): Promise<ApprovalPage>;
  /** What a yes for calls like it would be about now. */
  offer(id: string): Promise<OfferPage>;
  /** What happened in its run, oldest first. */
  story(id: string): Promise<StoryLine[]>;
  /** Ends the memory of a rejection: the same call is asked about when it comes again. */
  askAgain(id: string): Promise<void>;
  /** Notes that somebody decides now, and what they unfolded before. */
  looked(id: string, unfolded: string[]): void;
  decide(id: string, verdict: PageVerdict): Promise<DecisionOutcome>;
  grants(): Promise<GrantReport[]>;
  endGrant(grantId: string): Promise<void>;
  stats(days: number): Promise<StatsReport>;
  /** What of this directory waits to be trusted. */
  trustQuestion(): Promise<TrustQuestion | undefined>;
  trust(accepted: { digest: string; pin?: string }): Promise<void>;
}

export async function openApi(known?: SessionReport): Promise<Api> {
  const { csrfToken, by, store, asksPin } = known ?? (await ask<SessionReport>("/api/session"));
  const post = <T>(path: string, body: unknown): Promise<T> =>
    ask(path, {
      method: "POST",
      headers: { "content-type": "application/json", "x-csrf-token": csrfToken },
      body: JSON.stringify(body),
    });
  const seen = new Map<string, number>();
  return {
    by,
    store,
    asksPin,
    pending: () => ask("/api/pending?limit=1000"),
    decided: () => ask("/api/decided"),
    async approval(id) {
      const page = await ask<ApprovalPage>(`/api/approvals/${encodeURIComponent(id)}`);
      // What is loaded is shown: how long somebody looks is counted from then on.
      if (!seen.has(id)) seen.set(id, performance.now());
      return page;
    },
    offer: (id) => ask(`/api/approvals/${encodeURIComponent(id)}/offer`),
    story: async (id) =>
      (await ask<{ story: StoryLine[] }>(`/api/approvals/${encodeURIComponent(id)}/story`)).story,
    askAgain: async (id) => void (await post(`/api/approvals/${encodeURIComponent(id)}/again`, {})),
    looked(id, unfolded) {
      const forMs = Math.round(performance.now() - (seen.get(id) ?? performance.now()));
      // Nothing rests on it but counts.
      post(`/api/approvals/${encodeURIComponent(id)}/shown`, { unfolded, forMs }).catch(
        () => undefined,
      );
    },
    grants: async () => (await ask<{ grants: GrantReport[] }>("/api/grants")).grants,
    endGrant: async (id) => void (await post(`/api/grants/${encodeURIComponent(id)}/end`, {})),
    stats: (days) => ask(`/api/stats?days=${days}`),
    decide: (id, verdict) => post(`/api/approvals/${encodeURIComponent(id)}/decision`, verdict),
    trustQuestion: async () => (await ask<{ question?: TrustQuestion }>("/api/trust")).question,
    trust: async (accepted) => void (await post("/api/trust", accepted)),
  };
}

/** Signs this browser in; the link's token is void afterwards. */
export async function signIn(token: string): Promise<void> {
  await ask("/api/sign-in", { method: "POST", body: token });
}

async function ask<T>(path: string, init: RequestInit = {}): Promise<T> {
  const response = await fetch(path, init).catch(() => {
    throw new ApiError({
      code: "away",
      message: "The inbox does not answer: is it still running?",
    });
  });
  const body = (await response.json()) as T & { error?: Problem };
  if (body.error !== undefined) throw new ApiError(body.error);
  return body;
}
