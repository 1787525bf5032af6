import { expect } from "chai";
import { parseQuantity } from "./quantity.ts";

describe("a Kubernetes quantity", () => {
  const cases: [string | undefined, number][] = [
    ["2", 2],
    ["1500m", 1.5],
    ["0.5", 0.5],
    ["24479292Ki", 24_479_292 * 1024],
    ["1Gi", 2 ** 30],
    ["3M", 3e6],
    ["1e3", 1000],
    ["many", 0],
    [undefined, 0],
  ];
  for (const [text, value] of cases)
    it(`${text ?? "missing"} is ${value}`, () => expect(parseQuantity(text)).to.equal(value));
});
