import * as z from "zod";

import { lazy } from "../lib/lazy.ts";
import { placeProblem, placesIn } from "./json-place.ts";

const place = lazy(() =>
  z.string().check((context) => {
    const message = placeProblem(context.value);
    if (message === undefined) return;
    context.issues.push({ code: "custom", message, input: context.value });
  }),
);

/** What shows a person what a call would change. */
export const previewRule = lazy(() =>
  z
    .strictObject({
      tool: z
        .string()
        .min(1)
        .optional()
        .describe(
          "A tool of the same server that is trusted to change nothing; it reads what is there",
        ),
      arguments: z
        .record(z.string(), z.json())
        .optional()
        .describe("Its arguments; $.path stands for a member of the call's own"),
      bind: place()
        .optional()
        .describe("What of its answer an approval is bound to, such as $.content[0].text"),
      becomes: place()
        .optional()
        .describe("Which member of the call takes the place of what is read, such as $.content"),
      off: z.boolean().optional().describe("Shows and binds nothing, also where that is built in"),
    })
    .check((context) => {
      const { tool, off, arguments: template } = context.value;
      if ((tool === undefined) !== (off === true)) {
        const message =
          'names the tool that reads, or says "off": true, and not both: give one of the two';
        context.issues.push({ code: "custom", message, input: context.value });
      }
      for (const { path, text } of placesIn(template)) {
        const message = placeProblem(text);
        if (message === undefined) continue;
        const issue = { code: "custom", message, input: text } as const;
        context.issues.push({ ...issue, path: ["arguments", ...path] });
      }
    }),
);

export type PreviewRule = z.infer<ReturnType<typeof previewRule>>;
