import type { Cluster, Service, Task, TaskDefinition } from "#model/generated/types.generated.ts";
import { textOf } from "#lib/shared-json.ts";
import { KEYS } from "./cache-keys.ts";
import type { Found } from "./found.ts";
import type { Queries } from "./queries.ts";
import type { ReadCache, Sized } from "./read-cache.ts";

/** The queries, with the cache in front of those that clients ask again and again. */
export function cachedQueries(queries: Queries, cache: ReadCache): Queries {
  return { ...queries, ...clusters(queries, cache), ...members(queries, cache), ...taskDefinitions(queries, cache) };
}

function clusters(queries: Queries, cache: ReadCache): Pick<Queries, "clusterRow" | "clusters" | "cluster"> {
  const counted: Queries["clusters"] = async (names) =>
    objects<Cluster>(cache, byKey(names, KEYS.countedCluster), async (missing) =>
      (await queries.clusters(missing)).map((found) => [KEYS.countedCluster(found.doc.clusterName ?? ""), found]),
    );
  return {
    clusters: counted,
    cluster: async (name) => (await counted([name]))[0],
    clusterRow: async (name) => {
      const read = async (): Promise<Named<Cluster>[]> => {
        const found = await queries.clusterRow(name);
        return found === undefined ? [] : [[KEYS.cluster(name), found]];
      };
      return (await objects(cache, byKey([name], KEYS.cluster), read))[0];
    },
  };
}

type Members = Pick<Queries, "services" | "service" | "listServices" | "tasks" | "task" | "listTasks">;

function members(queries: Queries, cache: ReadCache): Members {
  const services: Queries["services"] = (cluster, names) =>
    objects<Service>(
      cache,
      byKey(names, (name) => KEYS.service(cluster, name)),
      async (missing) =>
        (await queries.services(cluster, missing)).map((found) => [
          KEYS.service(cluster, found.doc.serviceName ?? ""),
          found,
        ]),
    );
  const tasks: Queries["tasks"] = (cluster, ids) =>
    objects<Task>(
      cache,
      byKey(ids, (id) => KEYS.task(cluster, id)),
      async (missing) => {
        const perhaps = missing.filter((id) => !cache.lacksTask(cluster, id));
        const found = perhaps.length === 0 ? [] : await queries.tasks(cluster, perhaps);
        return found.map((each) => [KEYS.task(cluster, each.ref.name), each]);
      },
    );
  return {
    services,
    service: async (cluster, name) => (await services(cluster, [name]))[0],
    listServices: (cluster, filter, page) =>
      cache.list(
        () => cache.lists.services.page(cluster, { ...filter }, page),
        () =>
          cache.answer(
            KEYS.servicesOf(cluster),
            question(filter, page),
            () => queries.listServices(cluster, filter, page),
            bytesOfList,
          ),
      ),
    tasks,
    task: async (cluster, id) => (await tasks(cluster, [id]))[0],
    listTasks: (cluster, filter, page) =>
      cache.list(
        () => cache.lists.tasks.page(cluster, { ...filter }, page),
        () =>
          cache.answer(
            KEYS.tasksOf(cluster),
            question(filter, page),
            () => queries.listTasks(cluster, filter, page),
            bytesOfList,
          ),
      ),
  };
}

function taskDefinitions(queries: Queries, cache: ReadCache): Pick<Queries, "taskDefinition"> {
  return {
    taskDefinition: async (family, revision) => {
      const read = () => queries.taskDefinition(family, revision);
      if (revision === undefined) return cache.answer(KEYS.family(family), "latest ACTIVE", read, bytesOfFound);
      const key = KEYS.taskDefinition(family, revision);
      const named = async (): Promise<Named<TaskDefinition>[]> => {
        const found = await read();
        return found === undefined ? [] : [[key, found]];
      };
      return (await objects(cache, new Map([[key, family]]), named))[0];
    },
  };
}

type Named<T> = [key: string, found: Found<T>];

/** @param names key → name */
async function objects<T extends object>(
  cache: ReadCache,
  names: ReadonlyMap<string, string>,
  read: (missing: string[]) => Promise<Named<T>[]>,
): Promise<Found<T>[]> {
  const found = await cache.objects<Found<T>>([...names.keys()], async (missing) => {
    const named = await read(missing.map((key) => names.get(key) ?? ""));
    return new Map(
      named.map(([key, value]): [string, Sized<Found<T>>] => [key, { value, bytes: bytesOfFound(value) }]),
    );
  });
  return [...found.values()];
}

function byKey(names: readonly string[], key: (name: string) => string): Map<string, string> {
  return new Map(names.map((name) => [key(name), name]));
}

function question(filter: object, page: object): string {
  return JSON.stringify([filter, page]);
}

function bytesOfFound(found: Found<object> | undefined): number {
  return found === undefined ? 0 : (textOf(found.doc)?.length ?? 0);
}

function bytesOfList(arns: readonly string[]): number {
  return arns.reduce((sum, arn) => sum + arn.length, 0);
}
