import { DuckDBInstance } from "@duckdb/node-api";
import { Registry } from "prom-client";
import { openStore, type Store } from "../store.ts";
import { quiet } from "./fixtures.ts";

/** A store without a file, for unit tests: it is gone when it is closed. */
export function memoryStore(): Promise<Store> {
  return openStore({
    dataDir: "/nowhere",
    scratch: true,
    log: quiet,
    metrics: new Registry(),
    open: () => DuckDBInstance.create(":memory:", { threads: "1", disabled_optimizers: "statistics_propagation" }),
  });
}
