/** The examples run with a key, and without one on a model that needs no network. */
export const model = process.env["OPENAI_API_KEY"] === undefined ? "offline" : "";
