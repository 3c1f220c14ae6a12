import { afterEach, describe, expect, it, vi } from "vitest";

import { createRedactor } from "../../src/downstream/secrets.ts";
import { environmentOf } from "../../src/downstream/server-spec.ts";

afterEach(() => vi.unstubAllEnvs());

describe("the environment of a server that is started here", () => {
  it("has how the network is reached, and of the rest only what it is given", () => {
    vi.stubEnv("NODE_EXTRA_CA_CERTS", "/etc/ours.pem");
    vi.stubEnv("https_proxy", "http://proxy.example:3128");
    vi.stubEnv("HTTPS_PROXY", "http://proxy.example:3128");
    vi.stubEnv("SHOP_REGION", "eu");
    const given = environmentOf({ env: { LEVEL: "debug", HTTPS_PROXY: "http://other.example" } });
    expect(given).toMatchObject({
      NODE_EXTRA_CA_CERTS: "/etc/ours.pem",
      https_proxy: "http://proxy.example:3128",
      HTTPS_PROXY: "http://other.example",
      LEVEL: "debug",
    });
    expect(given).not.toHaveProperty("SHOP_REGION");
  });

  it("tells nobody the password of a proxy", () => {
    vi.stubEnv("HTTPS_PROXY", "http://ada:hunter2222@proxy.example:3128");
    const redact = createRedactor({ command: "shop" });
    expect(redact("cannot reach http://ada:hunter2222@proxy.example:3128")).not.toContain("hunter");
  });
});
