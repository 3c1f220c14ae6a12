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
  /** Besides the short list that every server gets: home, path, shell, terminal, user. */
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
