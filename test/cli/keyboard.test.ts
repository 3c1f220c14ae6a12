import { PassThrough } from "node:stream";

import { expect, it } from "vitest";

import { createKeyboard } from "../../src/cli/keyboard.ts";

function open({ isTTY }: { isTTY: boolean }) {
  const raw: boolean[] = [];
  const input = Object.assign(new PassThrough(), {
    isTTY,
    setRawMode(isOn: boolean) {
      raw.push(isOn);
      return input;
    },
  });
  const keyboard = createKeyboard(input as never);
  return { input, keyboard, raw };
}

it("takes one key on a terminal, without Enter, and only while it is asked", async () => {
  const { input, keyboard, raw } = open({ isTTY: true });
  const key = keyboard.key();
  expect(raw).toEqual([true]);
  input.write("n");
  expect(await key).toBe("n");
  expect(raw).toEqual([true, false]);
  input.write("too much\n");
  expect(await keyboard.line()).toBe("too much");
});

it("takes Enter after a key as a habit, and not as the next answer", async () => {
  const { input, keyboard } = open({ isTTY: true });
  input.write("y\n");
  expect(await keyboard.key()).toBe("y");
  const next = keyboard.key();
  input.write("\r");
  input.write("n");
  expect(await next).toBe("n");
});

it.each(["\u0003", "\u0004"])("%j ends the asking, and answers nothing", async (leave) => {
  const { input, keyboard, raw } = open({ isTTY: true });
  input.write(leave);
  expect(await keyboard.key()).toBeUndefined();
  expect(raw).toEqual([true, false]);
});

it("reads lines of a pipe to its end, the last without a line end", async () => {
  const { input, keyboard, raw } = open({ isTTY: false });
  input.write("yes\r\n\nlast");
  input.end();
  expect(await keyboard.key()).toBe("y");
  expect(await keyboard.line()).toBe("");
  expect(await keyboard.line()).toBe("last");
  expect(await keyboard.line()).toBeUndefined();
  expect(await keyboard.key()).toBeUndefined();
  expect(raw).toEqual([]);
});
