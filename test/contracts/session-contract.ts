import { describe, expect, it } from "vitest";

import type { AgentInputItem } from "../../src/agents/items.ts";
import type { OwnSession, Session } from "../../src/agents/session.ts";
import { call, message, reasoning } from "../../src/models/scripted.ts";

/** Opens a session of this name, or of one that nobody has used; the same name is the same one. */
export type OpenSession<S extends Session = Session> = (sessionId?: string) => Promise<S>;

export function says(text: string): AgentInputItem {
  return { type: "message", role: "user", content: text };
}

/** `count` messages, numbered from `from`. */
export function saysAll(count: number, from = 0): AgentInputItem[] {
  return Array.from({ length: count }, (_, index) => says(`message ${from + index}`));
}

/** Items of every kind, with fields and types that nobody here knows. */
const everyKind = [
  says('Grüße 🦊 \u2028 \t "quoted"'),
  { role: "user", content: [{ type: "input_text", text: "a" }] },
  { role: "system", content: "Be brief." },
  { ...reasoning("rs_1"), providerData: { encrypted_content: "abc", odd: null } },
  call("look", '{ "as":  "written" }', "c1"),
  {
    type: "function_call_result",
    name: "look",
    callId: "c1",
    status: "completed",
    output: [{ type: "input_image", image: { id: "file_1" }, detail: "high" }],
  },
  message("Done.", "msg_1"),
  { type: "compaction", encrypted_content: "xyz" },
  { type: "unknown", providerData: { type: "a_new_one", nested: [{ deep: [1, 2.5, true] }] } },
  { type: "yet_to_come", payload: { any: "thing" } },
] as AgentInputItem[];

/** Every session must pass this. */
export function sessionContract(name: string, open: OpenSession): void {
  describe(`${name} session`, () => {
    it("has the id it was given, or one that nobody else has", async () => {
      expect(await (await open("ses_a")).getSessionId()).toBe("ses_a");
      const [one, other] = [
        await (await open()).getSessionId(),
        await (await open()).getSessionId(),
      ];
      expect(one).not.toBe("");
      expect(one).not.toBe(other);
      const session = await open();
      expect(await session.getSessionId()).toBe(await session.getSessionId());
    });

    it("is empty at first", async () => {
      const session = await open();
      expect(await session.getItems()).toEqual([]);
      expect(await session.getItems(3)).toEqual([]);
      expect(await session.popItem()).toBeUndefined();
      await session.clearSession();
      expect(await session.getItems()).toEqual([]);
    });

    it("keeps items of every kind as they are, in order", async () => {
      const session = await open();
      await session.addItems(everyKind.slice(0, 4));
      await session.addItems([]);
      await session.addItems(everyKind.slice(4));
      const items = await session.getItems();
      expect(items).toEqual(everyKind);
      // What is kept is hashed: also the order of fields counts.
      expect(JSON.stringify(items)).toBe(JSON.stringify(everyKind));
    });

    it("gives the last items, oldest first", async () => {
      const session = await open();
      await session.addItems(saysAll(5));
      expect(await session.getItems(2)).toEqual(saysAll(2, 3));
      expect(await session.getItems(5)).toEqual(saysAll(5));
      expect(await session.getItems(9)).toEqual(saysAll(5));
      expect(await session.getItems(0)).toEqual([]);
      expect(await session.getItems(-1)).toEqual([]);
    });

    it("takes items out from the end, and goes on behind what is left", async () => {
      const session = await open();
      await session.addItems(saysAll(3));
      expect(await session.popItem()).toEqual(says("message 2"));
      expect(await session.popItem()).toEqual(says("message 1"));
      await session.addItems([says("new")]);
      expect(await session.getItems()).toEqual([says("message 0"), says("new")]);
    });

    it("goes on after it was cleared", async () => {
      const session = await open();
      await session.addItems(saysAll(3));
      await session.clearSession();
      expect(await session.getItems()).toEqual([]);
      await session.addItems([says("new")]);
      expect(await session.getItems()).toEqual([says("new")]);
    });

    it("gives and takes copies", async () => {
      const session = await open();
      const given = [message("as given")];
      await session.addItems(given);
      given[0]!.content[0] = { type: "output_text", text: "changed" };
      const got = await session.getItems();
      expect(got).toEqual([message("as given")]);
      got.push(says("another"));
      Object.assign(got[0]!, { status: "incomplete" });
      expect(await session.getItems()).toEqual([message("as given")]);
    });

    it("keeps what is added at once together", async () => {
      const session = await open();
      const groups = Array.from({ length: 8 }, (_, group) => saysAll(3, group * 3));
      await Promise.all(groups.map((group) => session.addItems(group)));
      const items = await session.getItems();
      expect(items).toHaveLength(24);
      for (const group of groups) {
        const at = items.findIndex((item) => JSON.stringify(item) === JSON.stringify(group[0]));
        expect(items.slice(at, at + 3)).toEqual(group);
      }
    });

    it.each([
      ["half of a surrogate pair", "ses_\ud800", "ses_\udbff"],
      ["a NUL", "ses_\0one", "ses_\0other"],
    ])("gives no session the items of another where ids have %s", async (_what, one, other) => {
      const added = async (): Promise<void> => (await open(one)).addItems([says("hi")]);
      const refused: unknown = await added().catch((error: unknown) => error);
      if (refused !== undefined) expect(refused).toMatchObject({ code: "invalid_input" });
      else expect(await (await open(other)).getItems()).toEqual([]);
    });

    it("knows nothing of other sessions", async () => {
      const [one, other] = [await open("ses_one"), await open("ses_other")];
      await one.addItems(saysAll(2));
      await other.addItems([says("else")]);
      expect(await one.getItems()).toEqual(saysAll(2));
      await one.clearSession();
      expect(await other.getItems()).toEqual([says("else")]);
    });
  });
}

/** Every session of this package must pass this as well. */
export function ownSessionContract(name: string, open: OpenSession<OwnSession>): void {
  describe(`${name} session of this package`, () => {
    it("adds each item of a run once, however often and in what pieces it is told", async () => {
      const session = await open();
      const items = saysAll(6);
      await session.addRunItems("run_a", 0, items.slice(0, 2));
      await session.addRunItems("run_a", 0, items.slice(0, 2));
      await session.addRunItems("run_a", 0, items.slice(0, 3));
      await session.addRunItems("run_a", 1, items.slice(1, 5));
      await session.addRunItems("run_a", 3, items.slice(3, 4));
      await session.addRunItems("run_a", 5, items.slice(5));
      await session.addRunItems("run_a", 6, []);
      expect(await session.getItems()).toEqual(items);
    });

    it("counts the items of each run by themselves", async () => {
      const session = await open();
      await session.addRunItems("run_a", 0, saysAll(2));
      await session.addRunItems("run_b", 0, saysAll(2, 10));
      await session.addItems(saysAll(1, 20));
      await session.addRunItems("run_a", 0, saysAll(3));
      expect(await session.getItems()).toEqual([
        ...saysAll(2),
        ...saysAll(2, 10),
        ...saysAll(1, 20),
        ...saysAll(1, 2),
      ]);
    });

    it("adds them once when it is told by several at the same time", async () => {
      const session = await open();
      const tell = (): Promise<void> => session.addRunItems("run_a", 0, saysAll(4));
      await Promise.all([tell(), tell(), tell()]);
      expect(await session.getItems()).toEqual(saysAll(4));
    });

    it("adds them all or none", async () => {
      const session = await open();
      const broken = {
        ...says("broken"),
        get providerData(): never {
          throw new Error("cannot be read");
        },
      };
      await expect(session.addRunItems("run_a", 0, [says("whole"), broken])).rejects.toThrow(
        "cannot be read",
      );
      expect(await session.getItems()).toEqual([]);
      await session.addRunItems("run_a", 0, saysAll(2));
      expect(await session.getItems()).toEqual(saysAll(2));
    });

    it("does not bring back what was taken out", async () => {
      const session = await open();
      await session.addRunItems("run_a", 0, saysAll(3));
      await session.popItem();
      await session.addRunItems("run_a", 0, saysAll(3));
      expect(await session.getItems()).toEqual(saysAll(2));
      await session.clearSession();
      await session.addRunItems("run_a", 1, saysAll(3, 1));
      expect(await session.getItems()).toEqual(saysAll(1, 3));
    });
  });
}
