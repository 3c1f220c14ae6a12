import { HoldpointError } from "../lib/errors.ts";
import { toSealKey, type SealKey } from "../lib/digest.ts";

/** @throws HoldpointError `invalid_input`, without the text */
export function parseAuditKey(text: string | undefined): SealKey | undefined {
  if (text === undefined || text === "") return undefined;
  if (/^[0-9a-f]{64}$/i.test(text)) return toSealKey(Buffer.from(text, "hex"));
  throw new HoldpointError(
    "invalid_input",
    "The audit key must be 64 hexadecimal digits. openssl rand -hex 32 makes one; set HOLDPOINT_AUDIT_KEY to it for all processes that use the store",
  );
}
