import { expect } from "chai";
import { plainText } from "./plain-text.ts";

describe("plainText", () => {
  it("strips markup and decodes entities", () => {
    expect(plainText("<p>The <code>image</code> &amp; its <b>tag</b>.</p>")).to.equal("The image & its tag.");
  });

  it("keeps the first sentences only, at least one", () => {
    const long = `Then ${"and ".repeat(80)}end.`;
    expect(plainText(`<p>First one. Second one.</p> <p>${long}</p>`)).to.equal("First one. Second one.");
    expect(plainText(long)).to.equal(long);
  });

  it("leaves out notes, lists and references", () => {
    const html = "<p>Use it.</p><note><p>Not now.</p></note><p>For more information, see X.</p><ul><li>a</li></ul>";
    expect(plainText(html)).to.equal("Use it.");
  });

  it("does not split within an abbreviation", () => {
    expect(plainText("A unit (e.g. MiB) that counts. Next.")).to.equal("A unit (e.g. MiB) that counts. Next.");
  });
});
