import { fileURLToPath } from "node:url";

import { expect, it } from "vitest";

import { useBorrowed } from "../support/borrowed.ts";

const script = fileURLToPath(new URL("./many-tools-process.ts", import.meta.url));
const borrow = useBorrowed();

it.each([
  ["as many as are taken", 1_250, 5_000],
  ["few at a time", 1, 100],
])(
  "a server whose tools come in pages without end, %s, is cut, and that is said",
  async (_what, size, offered) => {
    const spec = { command: process.execPath, args: [script, `${size}`] };
    const { source, log } = borrow({ servers: { many: spec } });
    const [found] = await source.survey();
    expect(found?.tools).toHaveLength(offered);
    const said = `server "many": only the first ${offered} of its tools are offered: it has more`;
    expect(log.filter((line) => line.startsWith(said))).toHaveLength(1);
  },
);
