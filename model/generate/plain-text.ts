/** Longest text that `kubectl explain` shows well, and that keeps a whole CRD within an annotation. */
const MAX = 260;

const entities: Readonly<Record<string, string>> = {
  amp: "&",
  lt: "<",
  gt: ">",
  quot: '"',
  apos: "'",
  nbsp: " ",
  "#39": "'",
};

/** HTML documentation → its first sentences as plain text of at most some {@link MAX} characters (at least one sentence). */
export function plainText(html: string): string {
  const prose = html.replace(/<(note|important)>[\s\S]*?<\/\1>/g, " ");
  const lists = prose.search(/<(ul|ol|dl|table|pre)\b/);
  const text = (lists > 0 ? prose.slice(0, lists) : prose)
    .replace(/<\/p>/g, " ")
    .replace(/<[^>]+>/g, "")
    .replace(/&(\w+|#39);/g, (whole, name: string) => entities[name] ?? whole)
    .replace(/\s+/g, " ")
    .trim();
  return firstSentences(text);
}

function firstSentences(text: string): string {
  let taken = "";
  for (const sentence of text.split(/(?<=[.!?])\s+(?=[A-Z])/)) {
    if (/^For more information|^See |^The following|:$/.test(sentence) && taken !== "") break;
    if (taken !== "" && taken.length + sentence.length + 1 > MAX) break;
    taken = taken === "" ? sentence : `${taken} ${sentence}`;
  }
  return taken;
}
