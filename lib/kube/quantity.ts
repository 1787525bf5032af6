const SUFFIXES: Readonly<Record<string, number>> = {
  m: 1e-3,
  "": 1,
  k: 1e3,
  M: 1e6,
  G: 1e9,
  T: 1e12,
  P: 1e15,
  Ki: 2 ** 10,
  Mi: 2 ** 20,
  Gi: 2 ** 30,
  Ti: 2 ** 40,
  Pi: 2 ** 50,
};

/**
 * A Kubernetes quantity as a number: `1500m` is 1.5, `2Ki` is 2048. 0 for what is none.
 * @see https://kubernetes.io/docs/reference/kubernetes-api/common-definitions/quantity/
 */
export function parseQuantity(text: string | undefined): number {
  const [, number = "", suffix = ""] = /^([+-]?\d*\.?\d+(?:e[+-]?\d+)?)([A-Za-z]*)$/i.exec(text ?? "") ?? [];
  const value = Number(number) * (SUFFIXES[suffix] ?? Number.NaN);
  return Number.isFinite(value) ? value : 0;
}
