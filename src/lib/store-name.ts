/** What names a store, by its kind. A new kind is added here, and opened in `app/open-store.ts`. */
export type StoreName =
  | { readonly kind: "memory" }
  | { readonly kind: "postgres"; readonly url: string }
  /** Without a path it is the default one. */
  | { readonly kind: "sqlite"; readonly path: string | undefined };

/** @param name what `--store` takes, or the location of a store; absent for the default one */
export function parseStoreName(name: string | undefined): StoreName {
  if (name === "memory") return { kind: "memory" };
  if (name !== undefined && isPostgresUrl(name)) return { kind: "postgres", url: name };
  return { kind: "sqlite", path: name };
}

/** Whether other processes can open the same. */
export function isSharedStore(name: string | undefined): boolean {
  return parseStoreName(name).kind !== "memory";
}

/** Whether it is a file or a folder of this machine. */
export function isStorePath(name: string | undefined): boolean {
  return parseStoreName(name).kind === "sqlite";
}

/** Whether what is named as a store is the URL of a PostgreSQL database, and no path. */
export function isPostgresUrl(text: string): boolean {
  return /^postgres(ql)?:/i.test(text);
}
