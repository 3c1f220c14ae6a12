import type { Log } from "../lib/log.ts";
import { visibleText } from "../runs/shown-text.ts";
import { childProcess } from "./child-process.ts";
import { createPaint, hasColours, type Paint } from "./colour.ts";
import { createKeyboard } from "./keyboard.ts";
import { asTyped } from "./own-name.ts";
import { isLongerThan, showPaged } from "./pager.ts";

/** Of a terminal that does not say it. */
const COLUMNS = 80;

/** Where a command writes, and whom it asks. */
export interface Terminal {
  /** Whether a person can be asked. */
  readonly isInteractive: boolean;
  /** How many columns a line of it has; `undefined` where what is printed goes to no terminal. */
  readonly columns: number | undefined;
  /** A text in a colour, where this shows some. */
  readonly paint: Paint;
  print(this: void, text: string): void;
  /** Text as it comes, without a line end. */
  write(this: void, text: string): void;
  error(this: void, text: string): void;
  /** A text of ours with its commands as they are typed here: `npx holdpoint`, or a path. */
  typed(this: void, text: string): string;
  /** Shows page by page what is longer than the screen; false when it is not, or nobody looks. */
  page(this: void, text: string): boolean;
  /** The next line that somebody types; `undefined` at the end of input. */
  ask(question: string): Promise<string | undefined>;
  /** The same, without showing it where this is a terminal. */
  askSecret(question: string): Promise<string | undefined>;
  /** Asks until one of these keys is pressed; `undefined` at the end of input. */
  choose(question: string, keys: readonly string[]): Promise<string | undefined>;
  /** Asks until the answer is yes or no; `undefined` at the end of input. */
  confirm(question: string): Promise<boolean | undefined>;
  /** Reads no more: until then a terminal keeps the process alive. */
  close(): void;
}

export interface CommandContext {
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly log: Log;
  readonly terminal: Terminal;
}

/** False where the terminal goes on showing what is typed. */
function setEcho(isOn: boolean): boolean {
  if (process.platform === "win32") return false;
  const { status } = childProcess().spawnSync("stty", [isOn ? "echo" : "-echo"], {
    stdio: ["inherit", "ignore", "ignore"],
  });
  return status === 0;
}

/**
 * @param pager a command that shows its input page by page
 * @param own what a person types to start this program again
 */
export function createTerminal(pager = "less", own = "holdpoint"): Terminal {
  const { stdin, stdout, stderr } = process;
  let isGuarded = false;
  const write = (text: string): void => {
    if (!isGuarded) {
      isGuarded = true;
      // Whoever reads only the first lines, as `head` does, has what they wanted.
      stdout.on("error", (error: NodeJS.ErrnoException) => {
        if (error.code !== "EPIPE") throw error;
        process.exit(0);
      });
    }
    stdout.write(text);
  };
  const keyboard = createKeyboard(stdin);
  const ask = (question: string): Promise<string | undefined> => {
    write(visibleText(question));
    return keyboard.line();
  };
  const choose = async (question: string, keys: readonly string[]): Promise<string | undefined> => {
    for (;;) {
      write(visibleText(question));
      const key = (await keyboard.key())?.toLowerCase();
      if (stdin.isTTY) write(`${visibleText(key ?? "")}\n`);
      if (key === undefined || keys.includes(key)) return key;
    }
  };
  return {
    isInteractive: stdin.isTTY && stdout.isTTY,
    // Some terminals do not say how wide they are.
    columns: stdout.isTTY ? stdout.columns || COLUMNS : undefined,
    paint: createPaint(hasColours(process.env, stdout)),
    write,
    print: (text) => write(`${text}\n`),
    error: (text) => void stderr.write(`${text}\n`),
    typed: (text) => asTyped(text, own),
    page(text) {
      if (!stdin.isTTY || !stdout.isTTY) return false;
      return isLongerThan(text, stdout) && showPaged(text, pager);
    },
    ask,
    async askSecret(question) {
      const hidden = stdin.isTTY && setEcho(false);
      try {
        return await ask(question);
      } finally {
        if (hidden) {
          setEcho(true);
          write("\n");
        }
      }
    },
    choose,
    async confirm(question) {
      const key = await choose(`${question} (y/n): `, ["y", "n"]);
      return key === undefined ? undefined : key === "y";
    },
    close: () => keyboard.close(),
  };
}
