import { headOf, partOf } from "../../lib/cut-text.ts";
import { replaceHidden, visibleLine } from "../shown-text.ts";
import { SHARE, tellingMembers } from "./headline.ts";
import { surroundingsOf, valueText, type Member } from "./members.ts";
import type { Fact } from "./presentation.ts";

/** Switches that make a call do more, or ask less. */
const LOOSENS =
  /force|recurs|overwrit|delete|purge|^hard|permanent|skip|disab|ignore|bypass|unsafe|insecure|public|allow|admin|sudo|^root$|^all$|everyone|no.?verify|auto.?(?:approve|confirm|pay)|silent|notify.?all/i;
/** Switches that make it do less, where they are off. */
const GUARDS =
  /dry.?run|verif|confirm|backup|check|validat|encrypt|safe|private|preview|sandbox|test.?mode|require|review|log|audit/i;
/** Values that open something to others. */
const OPENS =
  /^(?:public|public-read(?:-write)?|anyone|everyone|all.?users|world|owner|admin|administrator|root|superuser|write|full.?control|\*)$/i;
const OPENED = /visib|access|permission|^mode$|role|scope|acl|share|privacy|audience|grant/i;
const MODE = /permission|perms?$|chmod|(?:^|[a-z\d_.-])mode$/i;
/** Modes of files by which everybody may write: `0777`, `a+rwx`, `rw-rw-rw-`. */
const OPEN_MODE =
  /^(?:(?:0o?)?[0-7]?[0-7]{2}[2367]|[-dl]?(?:[-r][-w][-xs]){2}[-r]w[-xt]|(?:[ugoa]*[oa][ugoa]*)?[+=]r?w[xst]*)$/i;
/** 0777, 0776, 0766 and 0666, as those write them who have no octal numbers. */
const OPEN_MODES: ReadonlySet<unknown> = new Set([0o777, 0o776, 0o766, 0o666]);
/** Every address of a network. */
const WHOLE_NET = /^(?:0\.0\.0\.0|::)\/0$/;
const COPIES = /^(?:bcc|cc|reply.?to|forward.*|callback.*|webhook.*|.*notify.?url)$/i;

const DANGEROUS: readonly [RegExp, string][] = [
  [/\brm\s+(?:-\w+\s+)*-\w*[rf]/i, "removes files without asking"],
  [/(?:curl|wget)[^|;]*\|\s*(?:ba|z)?sh\b/i, "runs what it loads from elsewhere"],
  [/\b(?:drop|truncate)\s+(?:table|database|schema)\b/i, "drops data"],
  [/\bdelete\s+from\s+\S+\s*(?:;|$)/i, "deletes every row"],
  [/\bupdate\s+\S+\s+set\s+(?:(?!\bwhere\b).)*$/i, "changes every row"],
  [/--force\b|--no-verify\b|push\s+(?:\S+\s+)*-f\b/i, "forces"],
  [/\bchmod\s+(?:-R\s+)?0?777\b/i, "opens files to everybody"],
  [/\bmkfs|\bdd\s+.*\bof=\/dev\/|>\s*\/dev\/sd/i, "writes over a disk"],
  [/base64\s+(?:-d|--decode)|\beval\b/i, "runs what cannot be read here"],
  [/\bsudo\b/i, "runs as the administrator"],
];

const SENSITIVE =
  /(?:^|[\\/])(?:\.ssh|\.aws|\.gnupg|\.kube|\.docker|\.env(?:\.\w+)?|\.netrc|\.npmrc|\.bashrc|\.zshrc|\.profile|id_(?:rsa|ed25519)|authorized_keys|\.git[\\/](?:hooks|config)|crontab|cron\.d|sudoers|shadow|passwd|\.github[\\/]workflows)(?:$|[\\/])|^\/(?:etc|boot|usr|bin|sbin|lib|root|var\/spool)(?:\/|$)|^[a-z]:\\windows/i;

/** A text that speaks to whoever decides, and not to whom it is sent. */
const ADDRESSES =
  /\b(?:pre-?approved|already\s+(?:been\s+)?(?:approved|authori[sz]ed|reviewed|checked)|safe\s+to\s+(?:approve|run|accept)|(?:please|just|must|should|can)\s+(?:\w+\s+)?approve|approve\s+(?:this|it|now|quickly|immediately|without)|no\s+(?:need\s+(?:to|for)|further)\s+(?:\w+\s+)?(?:review|check|approv\w+|look)|do\s+not\s+(?:reject|review|show|read|ask)|(?:dear|to\s+the|note\s+to)\s+(?:the\s+)?(?:approver|reviewer|operator|human|user)|(?:approver|reviewer)s?[:,]|(?:ignore|disregard)\s+(?:the\s+)?(?:above|previous|warning|risk|all|any|person|human|approver|reviewer)|go\s+ahead\s+and\s+approve|wave\s+(?:it|this)\s+through|nothing\s+to\s+(?:review|check|worry)|(?:this|it)\s+is\s+(?:only\s+)?(?:a\s+)?(?:safe|harmless|routine|just\s+a\s+test|a\s+test\b)|risk:?\s*(?:low|none)|(?<![\w./\\@-])holdpoint(?![\w./\\-])|auto-?approve|click\s+approve|press\s+(?:y|approve)|bitte\s+(?:\w+\s+)?(?:genehmigen|freigeben|best(?:ä|ae)tigen)|bereits\s+(?:genehmigt|freigegeben|gepr(?:ü|ue)ft)|keine\s+pr(?:ü|ue)fung\s+n(?:ö|oe)tig|d(?:é|e)j(?:à|a)\s+approuv|ya\s+(?:est(?:á|a)\s+)?aprobad)/i;

/** Where one command ends and another one begins, or is put in. */
const COMMAND_END = /;|\n|&&?|\|\|?|\$\(|`/;
/** So much of the end of a command is told. */
const VALUE_END = 90;

/** Longer than keys and digests, which people do compare. */
const ENCODED = /[A-Za-z0-9+/_-]{129,}={0,2}/g;
/** Of so many kinds of characters; a line of dashes has one. */
const MIXED = 8;

type Rule = (member: Member) => Fact | undefined;

/** What the arguments of a call say by themselves, wherever in them it stands. */
export function argumentFacts(members: readonly Member[]): Fact[] {
  const found = members.flatMap((member) => rules.flatMap((rule) => rule(member) ?? []));
  return [...found, ...farFacts(members)];
}

const rules: readonly Rule[] = [
  hidden,
  gap,
  addresses,
  dangerous,
  further,
  unreadable,
  sensitive,
  loosens,
  opens,
  copies,
];

function hidden({ at, value }: Member): Fact | undefined {
  const isOfName = hiddenIn(at).length > 0;
  const where = isOfName ? at : value;
  if (typeof where !== "string") return undefined;
  const found = hiddenIn(where);
  const [first] = found;
  if (first === undefined) return undefined;
  const written = visibleLine(found.slice(0, 4).join(" "));
  const what = isOfName ? "The name of an argument" : name(at);
  const text = `${what} has characters that cannot be seen or pass for others (${written}): ${around(where, first)}`;
  return { text, weight: "high", badge: "look-alike" };
}

function hiddenIn(text: string): string[] {
  const found = new Set<string>();
  replaceHidden(text, (character) => {
    found.add(character);
    return character;
  });
  return [...found];
}

/** What stands behind a gap is not looked for: where a line is broken, the gap is not even seen. */
function gap({ at, value }: Member): Fact | undefined {
  if (typeof value !== "string") return undefined;
  const [found, behind = ""] = /\s{40,}(\S.*)/s.exec(value) ?? [];
  if (found === undefined) return undefined;
  const length = found.length - behind.length;
  const text = `${name(at)} has ${length} spaces in a row, and behind them: “${around(behind, "")}”`;
  return { text, weight: "normal", badge: "long gap" };
}

function addresses({ at, value }: Member): Fact | undefined {
  if (typeof value !== "string") return undefined;
  const found = ADDRESSES.exec(value);
  if (found === null) return undefined;
  const text = `${name(at)} speaks to whoever decides: “${around(value, found[0])}”`;
  return { text, weight: "high", badge: "speaks to you" };
}

function dangerous({ at, value, role }: Member): Fact | undefined {
  if (typeof value !== "string" || (role !== "command" && value.length > 500)) return undefined;
  const [pattern, does] = DANGEROUS.find(([each]) => each.test(value)) ?? [];
  if (pattern === undefined) return undefined;
  const text = `${name(at)} ${does}: ${around(value, pattern.exec(value)?.[0] ?? "")}`;
  return { text, weight: "high", badge: "dangerous" };
}

/** What a command does behind the part of it that a headline shows. */
function further({ at, value, role }: Member): Fact | undefined {
  if (typeof value !== "string" || role !== "command" || value.length <= SHARE) return undefined;
  const parts = value
    .split(COMMAND_END)
    .map((part) => part.trim())
    .filter((part) => part !== "");
  const last = parts.at(-1) ?? "";
  const end = valueText(
    last.length <= VALUE_END ? last : `... ${partOf(last, last.length - VALUE_END, last.length)}`,
  );
  return parts.length < 2
    ? { text: `${name(at)} ends with ${end}`, weight: "plain" }
    : {
        text: `${name(at)} is ${parts.length} commands in one; the last: ${end}`,
        weight: "normal",
        badge: "more commands",
      };
}

/** A part that no person reads: only its length can be told. */
function unreadable({ at, value }: Member): Fact | undefined {
  if (typeof value !== "string") return undefined;
  const found = value.match(ENCODED)?.find((each) => new Set(each).size >= MIXED);
  if (found === undefined) return undefined;
  const text = `${name(at)} has ${found.length} characters in a row that nobody can read, as of base64: ${headOf(found, 24)}...`;
  return { text, weight: "normal", badge: "unreadable" };
}

/** Where a path leads out of the folder that it was in; written as URLs write it, too. */
const UPWARDS = /(?:^|[\\/]|%2f|%5c)(?:\.|%2e){2}(?:[\\/]|%2f|%5c|$)/i;
/** The same behind a folder: what only begins with it is how places are named from others. */
const BACK_UP = /[^\s\\/.](?:[\\/]|%2f|%5c)(?:\.|%2e){2}(?:[\\/]|%2f|%5c)/i;

function sensitive({ at, value, role }: Member): Fact | undefined {
  if (typeof value !== "string") return undefined;
  if (role !== "place" && role !== "command") {
    return BACK_UP.test(value) && /^\S{1,1000}$/.test(value) ? upwards(at, value) : undefined;
  }
  const words = role === "place" ? [value] : value.split(/[\s"'=]+/);
  const word = words.find((each) => SENSITIVE.test(each));
  if (word !== undefined) {
    return {
      text: `${name(at)} is a place with secrets or settings: ${shown(word)}`,
      weight: "high",
      badge: "sensitive",
    };
  }
  return words.some((each) => UPWARDS.test(each)) ? upwards(at, value) : undefined;
}

function upwards(at: string, value: string): Fact {
  const text = `${name(at)} leads upwards out of its folder: ${shown(value)}`;
  return { text, weight: "high", badge: "wrong folder" };
}

function loosens({ at, name: own, value }: Member): Fact | undefined {
  if (value === true && LOOSENS.test(own)) return switched(at, "on");
  return value === false && GUARDS.test(own) && !LOOSENS.test(own)
    ? switched(at, "off")
    : undefined;
}

function switched(at: string, way: "on" | "off"): Fact {
  return {
    text: `${name(at)} is ${way}`,
    weight: "normal",
    badge: `${name(at)} ${way}`.slice(0, 24),
  };
}

function opens({ at, name: own, value }: Member): Fact | undefined {
  const text = String(value);
  if (typeof value === "boolean") return undefined;
  if (WHOLE_NET.test(text)) {
    const opened = `${name(at)} is ${text}: every address there is`;
    return { text: opened, weight: "normal", badge: "opens" };
  }
  const isOpenMode = MODE.test(own) && (OPEN_MODE.test(text) || OPEN_MODES.has(value));
  if (!isOpenMode && !(OPENED.test(own) && OPENS.test(text))) return undefined;
  return {
    text: `${name(at)} is ${shown(text)}: opens it to others`,
    weight: "normal",
    badge: "opens",
  };
}

function copies({ at, name: own, value }: Member): Fact | undefined {
  if (typeof value !== "string" || value === "" || !COPIES.test(own)) return undefined;
  return {
    text: `Also goes to ${shown(value)} (${name(at)})`,
    weight: "normal",
    badge: "also goes to",
  };
}

/** So many addresses, or places of them, are named one by one. */
const NAMED = 3;

/** Addresses that the headline does not show; where there are many, where they are. */
function farFacts(members: readonly Member[]): Fact[] {
  const told = new Set(tellingMembers(members));
  const far = members.filter(
    (each) => each.role === "recipient" && !told.has(each) && !COPIES.test(each.name),
  );
  if (far.length <= NAMED) {
    return far.map(({ at, value }) => ({
      text: `Names an address further down: ${shown(String(value))} (${name(at)})`,
      weight: "plain",
    }));
  }
  const places = [...new Set(far.map((each) => surroundingsOf(each) ?? String(each.value)))];
  const rest = places.length - NAMED;
  const where = places.slice(0, NAMED).map((each) => shown(each));
  const more = rest > 0 ? ` and ${rest} other places` : "";
  const text = `Names ${far.length} addresses further down, at ${where.join(", ")}${more}`;
  return [{ text, weight: "plain" }];
}

function name(at: string): string {
  return headOf(visibleLine(at), 60);
}

function shown(value: string): string {
  return valueText(value);
}

/** A part of a text on one line, with what stands around it. */
function around(value: string, part: string): string {
  const at = Math.max(0, value.indexOf(part));
  const [start, end] = [Math.max(0, at - 20), Math.min(value.length, at + part.length + 30)];
  const cut = visibleLine(partOf(value, start, end));
  return `${start > 0 ? "..." : ""}${cut}${end < value.length ? "..." : ""}`;
}
