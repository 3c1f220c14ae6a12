/** Beside what runs the tests, which is installed apart. */
export { default } from "./test/vitest.config.ts";
