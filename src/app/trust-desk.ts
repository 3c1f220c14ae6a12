import type { ConfigChoice } from "../config/choose-config.ts";
import { describeOtherWriters, readForTrust, recordTrust, type Readable } from "../config/trust.ts";
import { sha256Hex } from "../lib/digest.ts";
import { HoldpointError } from "../lib/errors.ts";
import { canonicalJson } from "../lib/json.ts";
import { summarizeConfig } from "./trust-summary.ts";
import type { TrustDesk, TrustQuestion } from "../web/prove.ts";

export interface TrustDeskOptions {
  env: Readonly<Record<string, string | undefined>>;
  stateDirectory: string;
}

/** Asks about the configuration that was found, and trusts what was shown of it. */
export function createTrustDesk(
  choose: () => ConfigChoice,
  { env, stateDirectory }: TrustDeskOptions,
): TrustDesk {
  const found = (): Readable | undefined => {
    const choice = choose();
    if (choice.type !== "untrusted" || describeOtherWriters(choice.file) !== undefined) {
      return undefined;
    }
    return readForTrust(choice.file, env);
  };
  return {
    question: () => {
      try {
        const readable = found();
        return readable === undefined ? undefined : toQuestion(readable);
      } catch {
        // What cannot be read is not offered; the server's refusals say that it is there.
        return undefined;
      }
    },
    accept(digest) {
      const readable = found();
      if (readable === undefined || digestOf(readable) !== digest) {
        throw new HoldpointError(
          "not_allowed",
          "Nothing was trusted: the configuration is not what was shown any more. Load the page again",
        );
      }
      recordTrust(readable, stateDirectory);
    },
  };
}

function toQuestion(readable: Readable): TrustQuestion {
  const { path } = readable;
  return { file: path, digest: digestOf(readable), lines: summarizeConfig(readable) };
}

function digestOf({ path, text, files }: Readable): string {
  return sha256Hex(canonicalJson([path, text, ...[...files].flat()]));
}
