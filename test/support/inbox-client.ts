import { request, type IncomingHttpHeaders } from "node:http";
import { text } from "node:stream/consumers";

import type { JsonObject } from "../../src/lib/json.ts";

export interface Answer {
  status: number;
  headers: IncomingHttpHeaders;
  body: string;
  /** The body as JSON. */
  json(): JsonObject;
}

export interface Ask {
  method?: string;
  /** Any header may be a lie; `undefined` leaves one out that would be there. */
  headers?: Record<string, string | undefined>;
  body?: string;
}

/** Asks as any program can, with whatever headers. */
export async function ask(origin: string, path: string, options: Ask = {}): Promise<Answer> {
  const { method = "GET", headers = {}, body } = options;
  const own: Record<string, string | undefined> = method === "GET" ? {} : { origin };
  const sent = Object.entries({ ...own, ...headers }).filter(([, value]) => value !== undefined);
  return new Promise((resolve, reject) => {
    const asked = request(`${origin}${path}`, { method, headers: Object.fromEntries(sent) });
    asked.on("error", reject);
    asked.on("response", (response) => {
      const { statusCode: status = 0, headers: got } = response;
      text(response).then((given) => {
        resolve({ status, headers: got, body: given, json: () => JSON.parse(given) as JsonObject });
      }, reject);
    });
    asked.end(body);
  });
}

/** Asks for an address as it stands, however wrong. */
export async function askRaw(
  port: number,
  path: string,
  cookie: string,
): Promise<{ status: number | undefined }> {
  return new Promise((resolve, reject) => {
    const asked = request({ host: "localhost", port, path, headers: { cookie } });
    asked.on("error", reject);
    asked.on("response", (response) => {
      response.resume();
      resolve({ status: response.statusCode });
    });
    asked.end();
  });
}

/** A browser that is signed in, as the inbox sees it. */
export interface SignedIn {
  get(path: string, headers?: Ask["headers"]): Promise<Answer>;
  post(path: string, body: unknown, headers?: Ask["headers"]): Promise<Answer>;
  /** Follows the server-sent events. */
  listen(): Promise<{ next(): Promise<string>; close(): void }>;
  readonly cookie: string;
}

/** Uses up a link. */
export async function signInWith(link: string): Promise<SignedIn> {
  const { origin, hash } = new URL(link);
  const redeemed = await ask(origin, "/api/sign-in", { method: "POST", body: hash.slice(1) });
  const cookie = redeemed.headers["set-cookie"]?.[0]?.split(";")[0] ?? "";
  const session = await ask(origin, "/api/session", { headers: { cookie } });
  const token = String(session.json()["csrfToken"]);
  return {
    cookie,
    get: (path, headers) => ask(origin, path, { headers: { cookie, ...headers } }),
    listen: () => listenTo(`${origin}/api/events`, cookie),
    post: (path, body, headers) =>
      ask(origin, path, {
        method: "POST",
        body: typeof body === "string" ? body : JSON.stringify(body),
        headers: { cookie, "x-csrf-token": token, "content-type": "application/json", ...headers },
      }),
  };
}

async function listenTo(
  url: string,
  cookie: string,
): Promise<{ next(): Promise<string>; close(): void }> {
  const ending = new AbortController();
  const { body } = await fetch(url, { headers: { cookie }, signal: ending.signal });
  const reader = body?.pipeThrough(new TextDecoderStream()).getReader();
  let read = "";
  return {
    async next() {
      for (;;) {
        const [whole, name] = /^event: (\w+)\n/m.exec(read) ?? [];
        if (whole !== undefined && name !== undefined) {
          read = read.slice(read.indexOf(whole) + whole.length);
          return name;
        }
        const chunk = await reader?.read();
        if (chunk?.value === undefined) throw new Error("The events ended");
        read += chunk.value;
      }
    },
    close: () => ending.abort(),
  };
}
