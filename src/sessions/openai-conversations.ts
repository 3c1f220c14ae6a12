import type { OpenAI } from "openai";

import { isAssistantMessage, type AgentInputItem } from "../agents/items.ts";
import type { Session } from "../agents/session.ts";
import { defaultOpenAiOptions, openClient, type OpenAiClientOptions } from "../openai/client.ts";
import { ModelError, toModelError } from "../openai/model-error.ts";
import { contentTexts } from "../openai/redact.ts";

/** Most items that the API takes, or gives, at once. */
const MOST_ADDED = 20;
const MOST_LISTED = 100;

export interface OpenAIConversationsSessionOptions extends OpenAiClientOptions {
  /** A conversation to go on with; a new one is made when it is first needed. */
  conversationId?: string | undefined;
  /** Another name of `baseUrl`. */
  baseURL?: string | undefined;
}

/**
 * A session that OpenAI keeps, in a conversation of the Conversations API. Without key, address
 * and client those of the environment are used.
 *
 * Every method rejects with a `ModelError` when the service does not do it. `addItems` may have
 * added a part then: it sends at most 20 items at once, and no request twice.
 */
export class OpenAIConversationsSession implements Session {
  readonly #options: OpenAIConversationsSessionOptions;
  #client: Promise<OpenAI> | undefined;
  #conversationId: string | undefined;
  #creating: Promise<string> | undefined;

  constructor(options: OpenAIConversationsSessionOptions = {}) {
    this.#options = options;
    this.#conversationId = options.conversationId;
  }

  /** The conversation's id, once there is one. */
  get sessionId(): string | undefined {
    return this.#conversationId;
  }

  /** Makes the conversation when there is none. */
  async getSessionId(): Promise<string> {
    if (this.#conversationId !== undefined) return this.#conversationId;
    this.#creating ??= this.#create();
    try {
      this.#conversationId = await this.#creating;
      return this.#conversationId;
    } finally {
      this.#creating = undefined;
    }
  }

  async #create(): Promise<string> {
    const made = await this.#call([], (client) => client.conversations.create({ items: [] }));
    // Whoever answered in the service's place may have answered anything.
    if (typeof made.id === "string" && made.id !== "") return made.id;
    throw new ModelError("invalid_response", "The conversation that was made has no id");
  }

  async getItems(limit?: number): Promise<AgentInputItem[]> {
    if (this.#conversationId === undefined || (limit !== undefined && limit <= 0)) return [];
    if (limit === undefined) return (await this.#list({ order: "asc" })).map(({ item }) => item);
    const newestFirst = await this.#list({ order: "desc", limit });
    return newestFirst.toReversed().map(({ item }) => item);
  }

  async #list(query: {
    order: "asc" | "desc";
    limit?: number;
  }): Promise<{ id: string; item: AgentInputItem }[]> {
    const { order, limit = Infinity } = query;
    const id = await this.getSessionId();
    const { fromConversationItem } = await import("./conversation-items.ts");
    return this.#call([], async (client) => {
      const listed: { id: string; item: AgentInputItem }[] = [];
      const page = { order, limit: Math.min(limit, MOST_LISTED) };
      for await (const given of client.conversations.items.list(id, page)) {
        const [item] = fromConversationItem(given);
        if (item !== undefined) listed.push({ id: given.id ?? "", item });
        if (listed.length >= limit) break;
      }
      return listed;
    });
  }

  async addItems(items: AgentInputItem[]): Promise<void> {
    if (items.length === 0) return;
    const { toConversationItems } = await import("./conversation-items.ts");
    const wire = toConversationItems(items);
    const path = `/conversations/${encodeURIComponent(await this.getSessionId())}/items`;
    await this.#call(contentTexts(items), async (client) => {
      for (let from = 0; from < wire.length; from += MOST_ADDED) {
        const body = { items: wire.slice(from, from + MOST_ADDED) };
        // Sent again, items whose answer was lost would be there twice.
        await client.post<unknown>(path, { body, maxRetries: 0 });
      }
    });
  }

  async popItem(): Promise<AgentInputItem | undefined> {
    if (this.#conversationId === undefined) return undefined;
    const conversationId = this.#conversationId;
    const [last] = await this.#list({ order: "desc", limit: 1 });
    if (last === undefined) return undefined;
    await this.#call([], (client) =>
      client.conversations.items.delete(last.id, { conversation_id: conversationId }),
    );
    return last.item;
  }

  /** Deletes the conversation; what is added next goes to a new one, with another id. */
  async clearSession(): Promise<void> {
    const id = this.#conversationId;
    if (id === undefined) return;
    await this.#call([], (client) => client.conversations.delete(id));
    this.#conversationId = undefined;
  }

  /** The API takes an assistant's message with its id only together with what led to it. */
  prepareHistoryItemForModelInput(item: AgentInputItem): AgentInputItem {
    if (!isAssistantMessage(item)) return item;
    const { id: _id, providerData: _providerData, ...rest } = item;
    return rest;
  }

  /** The API knows reasoning by its id only. */
  preserveReasoningItemIdsForPersistence(): boolean {
    return true;
  }

  /** @param secrets texts that an error must not quote */
  async #call<T>(secrets: readonly string[], work: (client: OpenAI) => Promise<T>): Promise<T> {
    const client = await this.#open();
    try {
      return await work(client);
    } catch (error) {
      throw toModelError(error, [client.apiKey ?? "", ...secrets]);
    }
  }

  async #open(): Promise<OpenAI> {
    const { baseURL, baseUrl = baseURL, ...options } = this.#options;
    const isGiven = (options.apiKey ?? baseUrl ?? options.client) !== undefined;
    const given = isGiven ? { ...options, baseUrl } : defaultOpenAiOptions();
    this.#client ??= openClient(given, "keep a conversation");
    try {
      return await this.#client;
    } catch (error) {
      this.#client = undefined;
      throw error;
    }
  }
}
