import { expect } from "chai";
import * as fc from "fast-check";
import { splitCommand, UnclosedQuote } from "./command-line.ts";

describe("command line", () => {
  const cases: [string, string[]][] = [
    ["/bin/bash", ["/bin/bash"]],
    ["  ls   -l\t/ ", ["ls", "-l", "/"]],
    [`sh -c "echo hi; exit 3"`, ["sh", "-c", "echo hi; exit 3"]],
    [`sh -c 'echo "$HOME" \\n'`, ["sh", "-c", `echo "$HOME" \\n`]],
    [`a"b c"'d e'\\ f`, ["ab cd e f"]],
    [`echo "a \\"b\\" \\\\"`, ["echo", `a "b" \\`]],
    [`echo "" ''`, ["echo", "", ""]],
    ["echo a#b # a comment", ["echo", "a#b"]],
    ["", []],
  ];
  for (const [command, words] of cases) {
    it(`splits ${JSON.stringify(command)}`, () => expect(splitCommand(command)).to.deep.equal(words));
  }

  for (const command of [`sh -c "echo`, "it's", "back\\"]) {
    it(`refuses ${command}`, () => expect(() => splitCommand(command)).to.throw(UnclosedQuote));
  }

  it("gives back words that were quoted", () => {
    const quoted = (word: string): string => `'${word.replaceAll("'", `'"'"'`)}'`;
    fc.assert(
      fc.property(fc.array(fc.string()), (words) => {
        expect(splitCommand(words.map(quoted).join(" "))).to.deep.equal(words);
      }),
    );
  });
});
