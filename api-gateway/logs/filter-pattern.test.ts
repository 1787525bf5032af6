import { assert } from "chai";
import { EcsError } from "#lib/errors.ts";
import { parseFilterPattern } from "./filter-pattern.ts";

describe("filter patterns", () => {
  const cases: [pattern: string, all: string[], any: string[], none: string[]][] = [
    ["", [], [], []],
    ["ERROR", ["ERROR"], [], []],
    ["  ERROR  timeout ", ["ERROR", "timeout"], [], []],
    ['"a phrase" -"not \\"this\\"" status=500', ["a phrase", "status=500"], [], ['not "this"']],
    ["?WARN ?ERROR", [], ["WARN", "ERROR"], []],
    ["?WARN ERROR -debug", ["ERROR"], [], ["debug"]],
  ];
  for (const [pattern, all, any, none] of cases) {
    it(`reads ${JSON.stringify(pattern)}`, () => {
      assert.deepEqual(parseFilterPattern(pattern), { all, any, none });
    });
  }

  for (const [pattern, message] of [
    ['{ $.level = "error" }', "KECS does not support filter patterns of JSON"],
    ["[ip, user]", "KECS does not support filter patterns of columns"],
    ["%[0-9]+%", "KECS does not support filter patterns of regular expressions"],
    ['"open', "Invalid character(s) in term '\"open'"],
    ['""', "Invalid character(s) in term '\"\"'"],
  ] as const) {
    it(`refuses ${pattern}`, () => {
      assert.throws(() => parseFilterPattern(pattern), EcsError, message);
    });
  }
});
