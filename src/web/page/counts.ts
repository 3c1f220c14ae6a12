import type { GrantReport } from "../../runs/grants/grant.ts";
import { tierWords } from "../../runs/hold/words.ts";
import type { StatsReport } from "../../runs/stats/stats.ts";
import { ApiError, openApi, type Api } from "./api.ts";
import { dayPlot, legend, sharePlot, timeWords, waitPlot } from "./counts-plots.ts";
import { button, byId, element, moment } from "./dom.ts";

const DAYS = 30;
/** How many of those are shown that let nothing run any more. */
const OVER = 20;

const place = byId("place", HTMLElement);
const status = byId("status", HTMLElement);

async function show(api: Api): Promise<void> {
  const [stats, grants] = await Promise.all([api.stats(DAYS), api.grants()]);
  place.replaceChildren(
    grantsNode(grants, (id) => void end(api, id)),
    ...(stats.all.questions === 0 ? [nothingAsked()] : statsNodes(stats)),
  );
}

async function end(api: Api, grantId: string): Promise<void> {
  await api.endGrant(grantId).catch(tell);
  await show(api).catch(tell);
}

function grantsNode(grants: readonly GrantReport[], endOne: (id: string) => void): HTMLElement {
  const standing = grants.filter(({ isStanding }) => isStanding);
  const over = grants.filter(({ isStanding }) => !isStanding);
  const items = [...standing, ...over.slice(0, OVER)].map((each) => grantNode(each, endOne));
  if (over.length > OVER) {
    const left = `${over.length - OVER} more are over. holdpoint grants lists them on a terminal.`;
    items.push(element("p", { class: "none" }, left));
  }
  return element(
    "section",
    {},
    element("h2", {}, "Yeses for later calls"),
    ...(items.length === 0
      ? [
          element(
            "p",
            { class: "none" },
            "None. In the inbox a yes can be given for calls like one that waits.",
          ),
        ]
      : items),
  );
}

function grantNode(grant: GrantReport, endOne: (id: string) => void): HTMLElement {
  const { grantId, tool, agent, covers, by, createdAt, endsAt, uses, mostUses, isStanding } = grant;
  const { endedAt, endedBy = "", problem } = grant;
  const most = mostUses === undefined ? "" : ` of ${mostUses}`;
  const lasts = [isStanding ? "until " : "over since ", moment(endsAt)];
  const ended = endedAt === undefined ? lasts : [`ended by ${endedBy} `, moment(endedAt)];
  const until = problem === undefined ? ended : [`lets nothing run: ${problem}`];
  return element(
    "article",
    { class: `grant ${isStanding ? "standing" : "over"}` },
    element("h3", {}, `${tool}, asked by ${agent}`),
    element("ul", { class: "covers" }, ...covers.map((line) => element("li", {}, line))),
    element("p", { class: "sub" }, `given by ${by}, `, moment(createdAt), " · ", ...until),
    element("p", { class: "sub" }, `let ${uses}${most} ${uses === 1 ? "call" : "calls"} run`),
    isStanding
      ? button("End it now", { label: `End the yes for ${tool}`, onClick: () => endOne(grantId) })
      : undefined,
  );
}

function statsNodes(stats: StatsReport): HTMLElement[] {
  const { all, byTier, byRule, byPerson, byChannel, days, waits } = stats;
  return [
    element("section", {}, element("h2", {}, `The last ${DAYS} days`), figures(stats)),
    section("Questions a day", dayPlot(days)),
    ...(waits.some(({ decisions }) => decisions > 0)
      ? [section("Time to decision", waitPlot(waits))]
      : []),
    section(
      "By risk",
      legend(),
      sharePlot(
        "Shares by risk",
        byTier.map(({ tier, ...of }) => [tierWords[tier], of]),
      ),
    ),
    section(
      "By rule",
      sharePlot(
        "Shares by rule",
        byRule.map(({ rule, ...of }) => [rule, of]),
      ),
    ),
    // Who decided, once somebody did.
    ...(byPerson.length === 0 ? [] : [personSection(byPerson), waySection(byChannel)]),
    element("p", { class: "none" }, lookWords(all)),
  ];
}

function personSection(byPerson: StatsReport["byPerson"]): HTMLElement {
  const rows = byPerson.map(({ by, ...of }) => [by, of] as const);
  return section("By person", sharePlot("Shares by person", rows));
}

function waySection(byChannel: StatsReport["byChannel"]): HTMLElement {
  const rows = byChannel.map(({ channel, ...of }) => [channel, of] as const);
  return section("By way", sharePlot("Shares by way", rows));
}

function section(title: string, ...nodes: HTMLElement[]): HTMLElement {
  return element("section", {}, element("h2", {}, title), ...nodes);
}

function figures(stats: StatsReport): HTMLElement {
  const { all, calls, byGrant, questionsPerHundredCalls: rate } = stats;
  const time = all.secondsToDecision;
  const decided = all.approved + all.edited + all.rejected;
  const facts: [string, string][] = [
    [String(all.questions), "questions"],
    [rate === undefined ? "–" : String(rate), "for each 100 calls that ran"],
    [timeWords(time?.p50) || "–", "half decided within"],
    [timeWords(time?.p90) || "–", "nine of ten within"],
    [share(all.rejected + all.edited, decided), "refused or changed"],
    [share(all.quick, all.looked), "approved within two seconds of seeing it"],
    [`${byGrant} of ${calls}`, "calls ran by a yes for later ones"],
  ];
  return element(
    "dl",
    { class: "figures" },
    ...facts.map(([figure, words]) =>
      element("div", {}, element("dt", {}, words), element("dd", {}, figure)),
    ),
  );
}

function share(part: number, of: number): string {
  return of === 0 ? "–" : `${Math.round((part / of) * 100)} %`;
}

function lookWords({ looked, neverUnfolded }: StatsReport["all"]): string {
  if (looked === 0) return "No approval of these days says when somebody saw the call.";
  const approvals = looked === 1 ? "1 approval" : `${looked} approvals`;
  return `Of ${approvals} whose look is recorded, ${neverUnfolded} unfolded nothing.`;
}

function nothingAsked(): HTMLElement {
  return section(
    "Counts",
    element("p", { class: "none" }, `Nothing was asked in the last ${DAYS} days.`),
  );
}

function tell(error: unknown): void {
  if (error instanceof ApiError && error.code === "signed_out") location.replace("/sign-in");
  else status.textContent = error instanceof Error ? error.message : String(error);
}

openApi()
  .then(async (api) => {
    byId("who", HTMLElement).textContent = `${api.by} · runs of ${api.store}`;
    await show(api);
  })
  .catch(tell);
