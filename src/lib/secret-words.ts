const SECRET_NAME =
  /key|token|secret|pass|auth|credential|cookie|session|signature|private|dsn|bearer|pin$/i;
const LONG_ENOUGH_TO_GUESS = 16;

/** Whether a name tells that its value is a secret. */
export function namesSecret(name: string): boolean {
  return SECRET_NAME.test(name);
}

/** Long, without spaces, of letters and digits, and no path, address or package. */
export function looksSecret(value: string): boolean {
  if (value.length < LONG_ENOUGH_TO_GUESS || /\s/.test(value)) return false;
  if (/^(\.{0,2}\/|~|[A-Za-z]:[\\/]|@|[a-z]+:\/\/)/.test(value) || value.includes("@"))
    return false;
  if (/\.\w{1,5}$/.test(value) || value.split("/").length > 3) return false;
  return /\d/.test(value) && /[A-Za-z]/.test(value);
}
