import { cannotRead } from "./foreign-run.ts";

/**
 * The name of an agent that no other one bears.
 *
 * @throws HoldpointError: which of two agents of one name is meant depends on another program's order
 */
export function onlyName({
  name,
  identity,
}: {
  name: string;
  identity?: string | undefined;
}): string {
  if (identity === undefined || identity === name) return name;
  throw cannotRead(
    "two of its agents have one name, and which is which cannot be told here; give each a name of its own and start the run anew",
  );
}
