import type { Figures } from "../harness.ts";

/** What the first import of a library costs in a process of its own. */
export async function load({ specifier }: { specifier: string }): Promise<Figures> {
  const before = process.cpuUsage();
  const begin = performance.now();
  await import(specifier);
  const importMs = performance.now() - begin;
  const { user, system } = process.cpuUsage(before);
  return { importMs, cpuMs: (user + system) / 1_000 };
}
