import fc from "fast-check";
import { describe, expect, it } from "vitest";

import {
  addMembers,
  isSameContext,
  joinContext,
  missingIn,
  splitContext,
} from "../../src/agents/context-parts.ts";
import { isMissing } from "../../src/agents/missing-part.ts";

class Client {
  readonly #key = "secret";
  name = "client";
  key(): string {
    return this.#key;
  }
}

describe("taking a context apart", () => {
  it("keeps what JSON holds, and dates", () => {
    const context = {
      user: { id: 7, tags: ["a", null] },
      on: true,
      at: new Date(0),
      gone: undefined,
    };
    expect(splitContext(context)).toEqual({
      context: { user: { id: 7, tags: ["a", null] }, on: true, at: "1970-01-01T00:00:00.000Z" },
      dates: ["/at"],
    });
  });

  it.each([
    ["a function", () => 1],
    ["a class instance", new Client()],
    ["a map", new Map([["a", 1]])],
    ["a set", new Set([1])],
    ["an error", new Error("x")],
    ["a list of another class", new (class extends Array {})()],
    ["a number that is none", Number.NaN],
    ["a number without end", Number.POSITIVE_INFINITY],
    ["a big integer", 5n],
    ["a symbol", Symbol("x")],
    ["bytes", new Uint8Array(2)],
    ["a promise", Promise.resolve()],
    ["a date that is none", new Date(Number.NaN)],
    ["an object with a symbol", { [Symbol("x")]: 1 }],
  ])("names %s by its path", (_name, value) => {
    expect(splitContext({ a: { "b/~": value, c: 1 }, list: [1, value] })).toEqual({
      context: { a: { c: 1 }, list: [1, null] },
      givenAgain: ["/a/b~1~0", "/list/1"],
    });
    expect(splitContext(value)).toEqual({ givenAgain: [""] });
  });

  it("runs no accessor, and names what enumeration does not show", () => {
    const context = Object.defineProperty({ user: "Ann" }, "hidden", { value: 1 });
    Object.defineProperty(context, "now", {
      enumerable: true,
      get: () => expect.fail("the accessor ran"),
    });
    const split = splitContext(context);
    expect(split).toEqual({ context: { user: "Ann" }, givenAgain: ["/hidden", "/now"] });
  });

  it("names the place where a cycle closes, and keeps what is there twice", () => {
    const user = { name: "Ann" };
    const context: Record<string, unknown> = { user, owner: user };
    context["self"] = context;
    expect(splitContext(context)).toEqual({
      context: { user: { name: "Ann" }, owner: { name: "Ann" } },
      givenAgain: ["/self"],
    });
  });

  it("ends at a depth", () => {
    let deep: unknown = 1;
    for (let depth = 0; depth < 100_000; depth += 1) deep = { deep };
    expect(splitContext(deep).givenAgain).toHaveLength(1);
  });
});

describe("putting a context together", () => {
  it("takes from what is given only what could not be saved", () => {
    const db = new Client();
    const saved = splitContext({
      user: "Ann",
      count: 2,
      services: { db, name: "x" },
      at: new Date(5),
    });
    const given = { user: "Bob", count: 0, services: { db, name: "y" } };
    const made = joinContext(saved, given);
    expect(made).toEqual({ user: "Ann", count: 2, services: { db, name: "x" }, at: new Date(5) });
    expect(given).toEqual({ user: "Bob", count: 0, services: { db, name: "y" } });
    expect((made as typeof given).services.db).toBe(db);
  });

  it("closes a cycle in itself", () => {
    const given: Record<string, unknown> = { count: 0, inner: { name: "x" } };
    given["self"] = given;
    (given["inner"] as Record<string, unknown>)["me"] = given["inner"];
    (given["inner"] as Record<string, unknown>)["owner"] = given;
    const saved = { ...splitContext(given), context: { count: 1, inner: { name: "y" } } };
    const made = joinContext(saved, given) as typeof given;
    expect(made["self"]).toBe(made);
    expect(made["inner"]).toMatchObject({ name: "y", me: made["inner"], owner: made });
  });

  it("takes a whole that could not be saved as it is given", () => {
    const client = new Client();
    expect(joinContext(splitContext(new Client()), client)).toBe(client);
  });

  it("takes parts that the given one has by its class", () => {
    class Services {
      get db(): string {
        return "db";
      }
    }
    expect(joinContext({ context: {}, givenAgain: ["/db"] }, new Services())).toEqual({ db: "db" });
  });

  it("adds members that the saved one does not have", () => {
    const context = { user: "Ann" };
    addMembers(context, { user: "Bob", cache: 1 });
    expect(context).toEqual({ user: "Ann", cache: 1 });
  });

  it("makes no prototype of a member that is named like one", () => {
    const saved = splitContext(JSON.parse('{"__proto__": {"admin": true}, "a": 1}'));
    const made = joinContext(saved, undefined);
    expect((made as { admin?: boolean }).admin).toBeUndefined();
    expect(Object.keys(made as object)).toEqual(["__proto__", "a"]);
    const forged = { context: {}, givenAgain: ["/__proto__/polluted", "/constructor/x"] };
    joinContext(forged, { ["__proto__"]: { polluted: 1 } });
    expect(({} as { polluted?: number }).polluted).toBeUndefined();
  });

  // JSON has no negative zero.
  const plain = fc.jsonValue().map((value): unknown => JSON.parse(JSON.stringify(value)));
  const live = fc.constantFrom(new Client(), new Map(), Symbol("x"), 7n, () => 1);
  const context = fc.letrec((tie) => ({
    part: fc.oneof(
      { maxDepth: 3 },
      plain,
      live,
      fc.date({ noInvalidDate: true }),
      tie("object"),
      fc.array(tie("part"), { maxLength: 3 }),
    ),
    object: fc.dictionary(fc.string({ maxLength: 3 }), tie("part"), {
      maxKeys: 4,
      noNullPrototype: true,
    }),
  })).object;

  it("gives back what was taken apart, with the same parts", () => {
    fc.assert(
      fc.property(context, (whole) => {
        const saved = JSON.parse(JSON.stringify(splitContext(whole)));
        const made = joinContext(saved, whole);
        expect(made).toEqual(whole);
        expect(isSameContext(splitContext(made), saved)).toBe(true);
        expect(missingIn(made)).toEqual([]);
      }),
    );
  });

  it("stands in for what is not given, without a change to what is saved", () => {
    fc.assert(
      fc.property(context, (whole) => {
        const saved = splitContext(whole);
        const made = joinContext(saved, undefined);
        expect(isSameContext(splitContext(made), saved)).toBe(true);
        expect(missingIn(made)).toEqual(saved.givenAgain ?? []);
      }),
    );
  });
});

describe("a part that is missing", () => {
  const { db } = joinContext({ context: { a: 1 }, givenAgain: ["/db"] }, {}) as { db: never };
  const words =
    "Cannot use context.db: it could not be saved with the run, and was not given again";

  it.each<[string, (db: never) => unknown]>([
    ["reads it", (part) => part["query"]],
    ["writes it", (part: { x?: number }) => (part.x = 1)],
    ["calls it", (part: () => void) => part()],
    ["makes one", (part: new () => object) => new part()],
    ["adds it", (part) => part + 1],
    ["names it", (part) => String(part)],
    ["walks it", (part) => [...part]],
    ["asks what it is", (part: unknown) => part instanceof Map],
    ["lists it", (part: object) => Object.keys(part)],
  ])("is an error in words for who %s", (_name, touch) => {
    expect(() => touch(db)).toThrow(words);
  });

  it("disturbs nobody who does not touch it", async () => {
    const context = { a: 1, db };
    expect(JSON.stringify({ ...context })).toBe('{"a":1}');
    expect(isMissing(await Promise.resolve(db))).toBe(true);
  });
});
