import { measureAll, ratioOfRounds, type BenchOptions, type Section } from "../harness.ts";
import { besidePostgres, POSTGRES } from "../postgres.ts";

/** Pages of 100 over a store that has been used for long. */
export async function lists({ isQuick }: BenchOptions): Promise<Section> {
  const few = { runs: 2_000, pending: 1_000 };
  const many = isQuick ? { runs: 20_000, pending: 5_000 } : { runs: 1_000_000, pending: 100_000 };
  const sizeOf = ({ runs, pending }: typeof few): string =>
    `${pending.toLocaleString("en")} of ${runs.toLocaleString("en")}`;
  return besidePostgres("lists", async (kinds) => {
    const cases = [few, many].flatMap((size) =>
      kinds.map(({ label, ...where }) => ({
        label,
        subject: "lists",
        task: "lists",
        size: sizeOf(size),
        parameters: { ...where, ...size },
      })),
    );
    const rows = await measureAll(cases, 1);
    const at = (figure: string) => ({ subject: POSTGRES, size: sizeOf(many), figure });
    return {
      title: "Pages of 100: those that wait, of all runs",
      rows,
      targets: ["runsMs", "runsDeepMs", "byStatusMs", "byAgentMs"].map((figure) => ({
        text: `${figure} of ${sizeOf(many)}, PostgreSQL`,
        is: "most",
        limit: 4,
        ...ratioOfRounds(rows, at(figure)),
      })),
      notes: [
        "One run is made as usual, and its rows are copied by the database: journals are not.",
        "deep: the page after the tenth. pending: with what a person reads of each, and their number up to 1,000.",
      ],
    };
  });
}
