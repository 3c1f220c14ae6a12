import { open, readFile, stat } from "node:fs/promises";

/** Puts a text in a file's place, on disk before it returns. */
export async function saveText(path: string, text: string): Promise<void> {
  const file = await open(path, "w");
  await file.writeFile(text);
  await file.sync();
  await file.close();
}

export async function loadText(path: string): Promise<string> {
  return readFile(path, "utf8");
}

export async function fileBytes(path: string): Promise<number> {
  return (await stat(path)).size;
}
