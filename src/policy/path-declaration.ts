import * as z from "zod";

import { lazy } from "../lib/lazy.ts";

const member = String.raw`\.[A-Za-z_][\w-]*(?:\[\*\])?`;
const at = lazy(() =>
  z
    .string()
    .regex(new RegExp(`^\\$(?:${member})+$`, "u"), "is no place such as $.path or $.paths[*]")
    .describe("$.path, or $.paths[*] for each of a list"),
);
const on = lazy(() =>
  z
    .enum(["here", "elsewhere"])
    .describe("Our file system, or another one, whose paths are judged by their text alone"),
);

const pathArgument = lazy(() =>
  z.strictObject({
    at: at(),
    sent: z
      .enum(["absolute", "relative"])
      .optional()
      .describe("How the server is told: absolute (default), or relative to the base"),
    reach: z
      .enum(["one", "tree", "glob"])
      .optional()
      .describe("The path alone (default), all that lies below it too, or a glob of paths"),
    itself: z
      .boolean()
      .optional()
      .describe("Acts on the name and not on what a link of that name leads to: move, delete"),
    optional: z
      .boolean()
      .optional()
      .describe("Where it is left out nothing is touched; else nobody knows what is"),
    on: on().optional(),
    base: z.string().min(1).optional().describe("From which relative paths count"),
  }),
);

/** What is said of the paths in the arguments of a server's tools. */
export const pathDeclaration = lazy(() =>
  z.strictObject({
    base: z
      .string()
      .min(1)
      .optional()
      .describe("From which relative paths count; default: the server's working directory"),
    on: on().optional(),
    mounts: z
      .record(z.string().startsWith("/"), z.string().min(1))
      .optional()
      .describe("Folders of the server's file system that are folders of ours"),
    tools: z
      .record(z.string().min(1), z.union([at(), z.array(z.union([at(), pathArgument()]))]))
      .optional()
      .describe("By glob of tools: the arguments that are paths; an empty list where none is"),
  }),
);

export type PathDeclaration = z.infer<ReturnType<typeof pathDeclaration>>;
export type PathArgument = z.infer<ReturnType<typeof pathArgument>>;
