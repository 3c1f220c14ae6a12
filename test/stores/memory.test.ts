import { createMemoryRunStore } from "../../src/stores/memory.ts";
import { runStoreContract } from "../contracts/run-store-contract.ts";

runStoreContract("memory", async () => createMemoryRunStore());
