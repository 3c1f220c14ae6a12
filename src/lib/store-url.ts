/** Whether what is named as a store is the URL of a PostgreSQL database, and no path. */
export function isPostgresUrl(text: string): boolean {
  return /^postgres(ql)?:/i.test(text);
}
