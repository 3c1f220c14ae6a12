import type { ListedApproval } from "../inbox-lists.ts";
import type { Api, PageVerdict } from "./api.ts";
import type { Letter } from "./outbox.ts";

/** Sends a verdict. @throws Error with what to do where it was not enough */
export async function sendVerdict(
  api: Api,
  approvalId: string,
  verdict: PageVerdict,
): Promise<void> {
  const outcome = await api.decide(approvalId, verdict);
  if (outcome.type !== "needs_stronger_approval") return;
  throw new Error(
    `Nothing was decided: this needs a yes of level ${outcome.needed}. ${api.asksPin ? "Type your PIN, or sign" : "Sign"} in with a link that holdpoint inbox gives on a terminal of your own`,
  );
}

/** What somebody typed a fact for, or was shown to be about more, is not taken back. */
export function isSentAtOnce(
  { presentation }: ListedApproval,
  { always, grant }: PageVerdict,
): boolean {
  return presentation.tier === "high" || always === true || grant !== undefined;
}

/** One decision on its way. */
export function letterOf(
  { api, approval, verdict }: { api: Api; approval: ListedApproval; verdict: PageVerdict },
  { sent, back }: { sent(): void; back(): void },
): Letter {
  const { approvalId } = approval;
  return {
    ids: [approvalId],
    says: saying(approval, verdict),
    send: () => sendVerdict(api, approvalId, verdict).finally(sent),
    back,
  };
}

/** Those of a group, each as a decision of its own. */
export function letterOfGroup(
  {
    api,
    chosen,
    decision,
  }: { api: Api; chosen: readonly ListedApproval[]; decision: PageVerdict["decision"] },
  { sent, back }: { sent(): void; back(): void },
): Letter {
  return {
    ids: chosen.map(({ approvalId }) => approvalId),
    says: `${words[decision]}: ${chosen.length} calls of ${chosen[0]?.tool ?? ""}`,
    async send() {
      const verdicts = chosen.map(({ approvalId, action }) =>
        sendVerdict(api, approvalId, { decision, action }),
      );
      const outcomes = await Promise.allSettled(verdicts).finally(sent);
      const failed = outcomes.filter((each) => each.status === "rejected");
      const [problem] = failed;
      if (problem === undefined) return;
      throw new Error(`${failed.length} were not decided: ${String(problem.reason)}`);
    },
    back,
  };
}

const words = { approved: "Approved", rejected: "Rejected" } as const;

export function saying(
  { presentation }: ListedApproval,
  { decision, arguments: changed }: PageVerdict,
): string {
  return `${words[decision]}${changed === undefined ? "" : " with changes"}: ${presentation.headline}`;
}
