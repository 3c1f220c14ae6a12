import type { ReadStream } from "node:tty";

/** What somebody types, line by line or key by key. */
export interface Keyboard {
  /** The next line; `undefined` at the end of input. */
  line(): Promise<string | undefined>;
  /** The next key on a terminal, the first of the next line of anything else; the end of it by Ctrl+C, too. */
  key(): Promise<string | undefined>;
  /** Reads no more: until then a terminal keeps the process alive. */
  close(): void;
}

type Input = Pick<
  ReadStream,
  "isTTY" | "setRawMode" | "setEncoding" | "on" | "off" | "resume" | "pause"
>;

/** Ctrl+C and Ctrl+D: whoever asked says what waits, and how to go on. */
const LEAVES: ReadonlySet<string> = new Set(["\u0003", "\u0004"]);

export function createKeyboard(input: Input): Keyboard {
  let typed = "";
  let isOver = false;
  let isOn = false;
  let wake: (() => void) | undefined;
  const heard = (text: string): void => {
    typed += text;
    wake?.();
  };
  const ended = (): void => {
    isOver = true;
    wake?.();
  };
  const goesOn = (): boolean => !isOver;
  const start = (): void => {
    if (isOn) return;
    isOn = true;
    input.setEncoding("utf8");
    input.on("data", heard);
    input.on("end", ended);
    input.resume();
  };
  const more = async (): Promise<void> => {
    const { promise, resolve } = Promise.withResolvers<void>();
    wake = resolve;
    await promise;
    wake = undefined;
  };
  const line = async (): Promise<string | undefined> => {
    start();
    while (!/[\r\n]/.test(typed) && goesOn()) await more();
    const [whole = typed, text = typed] = /^([^\r\n]*)(?:\r\n|\r|\n)/.exec(typed) ?? [];
    if (whole === "" && isOver) return undefined;
    typed = typed.slice(whole.length);
    return text;
  };
  const key = async (): Promise<string | undefined> => {
    start();
    input.setRawMode(true);
    try {
      while (firstKey(typed) === undefined && goesOn()) await more();
    } finally {
      input.setRawMode(false);
    }
    const found = firstKey(typed);
    typed = found?.rest ?? "";
    return found === undefined || LEAVES.has(found.key) ? undefined : found.key;
  };
  return {
    line,
    key: async () =>
      input.isTTY ? key() : ((await line())?.trim()[0] ?? (isOver ? undefined : "")),
    close() {
      if (!isOn) return;
      input.off("data", heard);
      input.off("end", ended);
      input.pause();
    },
  };
}

/** Enter before a key or after it is a habit, and no answer to what comes next. */
function firstKey(typed: string): { key: string; rest: string } | undefined {
  const text = typed.replace(/^[\r\n]+/, "");
  const [key] = text;
  if (key === undefined) return undefined;
  return { key, rest: text.slice(key.length).replace(/^(?:\r\n|\r|\n)/, "") };
}
