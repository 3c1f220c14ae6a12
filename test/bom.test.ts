import { readFileSync } from "node:fs";

import { expect, it } from "vitest";

interface Component {
  name: string;
  version: string;
  purl: string;
  licenses: unknown[];
}

const read = (file: string): string =>
  readFileSync(new URL(`../dist/${file}`, import.meta.url), "utf8");

it("lists every package that is in the bundle, and what the bundle loads, with its licence", () => {
  const { bomFormat, components } = JSON.parse(read("bom.json")) as {
    bomFormat: string;
    components: Component[];
  };
  expect(bomFormat).toBe("CycloneDX");
  const noticed = [...read("third-party-licenses.txt").matchAll(/^(\S+) (\d+\.\d+\.\d+\S*) \(/gm)];
  const listed = components.map(({ name, version }) => `${name} ${version}`);
  expect(noticed.length).toBeGreaterThan(3);
  expect(listed).toEqual(expect.arrayContaining(noticed.map(([, name, at]) => `${name} ${at}`)));
  expect(listed).toContainEqual(expect.stringMatching(/^openai \d/));
  for (const { purl, licenses } of components) {
    expect(purl).toMatch(/^pkg:npm\/(%40[\w.-]+\/)?[\w.-]+@\d/);
    expect(licenses).toHaveLength(1);
  }
});

it("names no host, no folder and no time, so that the same sources make the same bill", () => {
  const text = read("bom.json");
  expect(text).not.toMatch(/https?:|node_modules|timestamp|serialNumber|resolved|\d{4}-\d\d-\d\dT/);
});
