interface CommonSpec {
  /** Whether what its tools say of themselves is believed; default `false`. */
  trusted?: boolean | undefined;
  /** Milliseconds that a call may take without any sign of progress; default 60,000. */
  timeoutMs?: number | undefined;
}

/** A server that is started here and spoken to over its standard input and output. */
export interface StdioServerSpec extends CommonSpec {
  command: string;
  args?: readonly string[] | undefined;
  /** Besides what every server gets: home, path, shell, terminal, user, and `sharedVariables`. */
  env?: Readonly<Record<string, string>> | undefined;
  /** Default: the directory of this process. */
  cwd?: string | undefined;
}

/** A server that is reached over Streamable HTTP. */
export interface HttpServerSpec extends CommonSpec {
  url: string;
  headers?: Readonly<Record<string, string>> | undefined;
}

/** An MCP server whose tools are borrowed. */
export type ServerSpec = StdioServerSpec | HttpServerSpec;

export function isHttpSpec(spec: ServerSpec): spec is HttpServerSpec {
  return "url" in spec;
}

/** How the network is reached from here: what a server needs behind a proxy or with a root of its own. */
const sharedVariables = [
  "NODE_EXTRA_CA_CERTS",
  "SSL_CERT_FILE",
  "SSL_CERT_DIR",
  "REQUESTS_CA_BUNDLE",
  "CURL_CA_BUNDLE",
  ...["HTTP_PROXY", "HTTPS_PROXY", "NO_PROXY", "ALL_PROXY"].flatMap((name) => [
    name,
    name.toLowerCase(),
  ]),
];

/** What a server that is started here gets beside the list of the SDK: its `env` over ours. */
export function environmentOf({ env = {} }: Pick<StdioServerSpec, "env">): Record<string, string> {
  const shared = sharedVariables.flatMap((name) => {
    const value = process.env[name];
    return value === undefined || value === "" ? [] : [[name, value]];
  });
  return { ...Object.fromEntries(shared), ...env };
}
