/** A scenario of the catalogue, or a part of one, that has no test. */
export interface NotApplicable {
  id: string;
  /** The part that the reason is about, where the rest of the scenario has a test. */
  part?: string;
  /** Why it cannot arise, or that it is not built yet. */
  reason: string;
}

const noNativeTools = "Not built yet: there are no shell, patch, computer or custom tools.";

export const notApplicable: readonly NotApplicable[] = [
  {
    id: "T-17",
    reason:
      "Cannot arise: of agent, tool and definition a run has one sticky decision, the last, so none can be both.",
  },
  { id: "T-20", reason: "Cannot arise: every state has a context, if an empty one." },
  { id: "T-40", part: "a shell call of the same id", reason: noNativeTools },
  {
    id: "T-60",
    reason:
      "Cannot arise: who knows an entry reads it wherever it stands, as a decision that was appended to a run of format 1; who does not refuses the text, and names it.",
  },
  {
    id: "T-67",
    reason:
      "Cannot arise: a text holds no list of interruptions. They are computed from its entries, whose chain of hashes shows what was taken out.",
  },
  { id: "T-75", reason: "Cannot arise: there is no tracing, so there is no key to be kept." },
  { id: "T-126", reason: "Cannot arise: there is no tracing, so there is no trace to go on with." },
  { id: "T-135", reason: noNativeTools },
  { id: "T-136", reason: noNativeTools },
  { id: "T-137", reason: noNativeTools },
];
