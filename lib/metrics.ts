import { collectDefaultMetrics, Counter, Gauge, Histogram, Registry } from "prom-client";

/** Where a process's metrics are registered. */
export type Metrics = Registry;

interface Description<L extends string> {
  readonly name: string;
  readonly help: string;
  readonly labelNames?: readonly L[];
}

/** Between two looks at the event loop's delay. prom-client's own 10 ms wake an idle process a hundred times a second, which takes 1 % of a core. */
const EVENT_LOOP_LOOK_MS = 200;

/** A registry with the runtime's own figures (memory, CPU, event loop), every series labelled `component`. */
export function createMetrics(component: string): Metrics {
  const registry = new Registry();
  registry.setDefaultLabels({ component });
  collectDefaultMetrics({ register: registry, eventLoopMonitoringPrecision: EVENT_LOOP_LOOK_MS });
  return registry;
}

function description<L extends string>(metrics: Metrics, wanted: Description<L>) {
  return { name: wanted.name, help: wanted.help, labelNames: wanted.labelNames ?? [], registers: [metrics] };
}

/** The counter of that name, made where it is not there yet. */
export function counter<L extends string>(metrics: Metrics, wanted: Description<L>): Counter<L> {
  const existing = metrics.getSingleMetric(wanted.name);
  return existing instanceof Counter ? existing : new Counter(description(metrics, wanted));
}

/** The gauge of that name, made where it is not there yet. */
export function gauge<L extends string>(metrics: Metrics, wanted: Description<L>): Gauge<L> {
  const existing = metrics.getSingleMetric(wanted.name);
  return existing instanceof Gauge ? existing : new Gauge(description(metrics, wanted));
}

/** Has the gauge of that name, without labels, show what `value` gives whenever the metrics are read. */
export function measured(
  metrics: Metrics,
  wanted: { readonly name: string; readonly help: string },
  value: () => number | Promise<number>,
): void {
  const shown = gauge(metrics, wanted);
  Object.assign(shown, { collect: async () => shown.set(await value()) });
}

/** The histogram of that name, made where it is not there yet; `buckets` are upper bounds, for times in seconds. */
export function histogram<L extends string>(
  metrics: Metrics,
  wanted: Description<L> & { readonly buckets?: readonly number[] },
): Histogram<L> {
  const existing = metrics.getSingleMetric(wanted.name);
  if (existing instanceof Histogram) return existing;
  const buckets = [...(wanted.buckets ?? [0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10])];
  return new Histogram({ ...description(metrics, wanted), buckets });
}
