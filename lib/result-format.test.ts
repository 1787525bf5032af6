import { expect } from "chai";
import { toCsv, toText } from "./result-format.ts";

const table = {
  columns: ["name", "a,b"],
  rows: [
    ["x", 1],
    ['say "hi"\nthere', null],
    [["l", 2], "y".repeat(100)],
  ],
};

describe("result formats", () => {
  it("quote CSV where it has to be", () => {
    expect(toCsv(table)).to.equal(`name,"a,b"\r\nx,1\r\n"say ""hi""\nthere",\r\n"[""l"",2]",${"y".repeat(100)}\r\n`);
  });

  it("print a line a row, cells cut, without control characters", () => {
    const lines = toText(table).split("\n");
    expect(lines[0]).to.equal("name            a,b");
    expect(lines[3]).to.equal('say "hi" there  NULL');
    expect(lines[4]).to.match(/^\["l",2\] {9}y{79}…$/);
    expect(toText({ columns: ["n"], rows: [["\u001b[31mred"]] })).to.not.include("\u001b");
  });
});
