import { InvalidExpression } from "./invalid-expression.ts";

/** A regular expression as what it consumes: one character, parts in a row, one of several, or a repetition. */
type Part =
  | { readonly one: (character: string) => boolean }
  | { readonly row: readonly Part[] }
  | { readonly any: readonly Part[] }
  | { readonly part: Part; readonly min: number; readonly max: number };

/** True where the pattern matches all of a text. */
export type Pattern = (text: string) => boolean;

const CLASSES: Readonly<Record<string, RegExp>> = {
  d: /[0-9]/,
  D: /[^0-9]/,
  w: /[A-Za-z0-9_]/,
  W: /[^A-Za-z0-9_]/,
  s: /\s/,
  S: /\S/,
};
const MAX_REPEAT = 1000;

/**
 * Compiles the part of Java's regular expressions that names and values need: literals, `.`, classes, groups, `|`,
 * `*`, `+`, `?`, `{n,m}`, and `^` and `$` at the ends. It matches in time that grows with the length of pattern and
 * text only: patterns come from users, and a backtracking engine can be made to run for years.
 * @throws InvalidExpression for anything else.
 */
export function compilePattern(source: string): Pattern {
  const reader = new Reader(source.replace(/^\^/, "").replace(/(^|[^\\])\$$/, "$1"));
  const part = reader.whole();
  return (text) => new Matcher(text).ends(part, 0).has(text.length);
}

class Matcher {
  private readonly text: string;
  private readonly known = new Map<Part, Map<number, ReadonlySet<number>>>();

  constructor(text: string) {
    this.text = text;
  }

  /** Where a match of a part that begins at `start` may end. */
  ends(part: Part, start: number): ReadonlySet<number> {
    const ofPart = this.known.get(part) ?? new Map<number, ReadonlySet<number>>();
    this.known.set(part, ofPart);
    const known = ofPart.get(start);
    if (known) return known;
    const found = this.find(part, start);
    ofPart.set(start, found);
    return found;
  }

  private find(part: Part, start: number): ReadonlySet<number> {
    if ("one" in part) {
      const character = this.text[start];
      return new Set(character !== undefined && part.one(character) ? [start + 1] : []);
    }
    if ("row" in part) {
      return part.row.reduce<ReadonlySet<number>>((starts, each) => this.after(each, starts), new Set([start]));
    }
    if ("any" in part) return new Set(part.any.flatMap((each) => [...this.ends(each, start)]));
    return this.repeated(part, start);
  }

  private repeated({ part, min, max }: { part: Part; min: number; max: number }, start: number): ReadonlySet<number> {
    let reached: ReadonlySet<number> = new Set([start]);
    const ends = new Set(min === 0 ? reached : []);
    for (let count = 1; count <= max && reached.size > 0; count += 1) {
      const next = this.after(part, reached);
      const before = ends.size;
      if (count >= min) for (const end of next) ends.add(end);
      // From here on every round gives the same.
      if (count > min && ends.size === before) break;
      reached = next;
    }
    return ends;
  }

  private after(part: Part, starts: ReadonlySet<number>): ReadonlySet<number> {
    return new Set([...starts].flatMap((start) => [...this.ends(part, start)]));
  }
}

class Reader {
  private readonly source: string;
  private at = 0;

  constructor(source: string) {
    this.source = source;
  }

  whole(): Part {
    const part = this.alternatives();
    if (this.at < this.source.length) throw this.problem();
    return part;
  }

  private alternatives(): Part {
    const any = [this.row()];
    while (this.takes("|")) any.push(this.row());
    return { any };
  }

  private row(): Part {
    const row: Part[] = [];
    while (this.at < this.source.length && !/[|)]/.test(this.peek())) row.push(this.repetition());
    return { row };
  }

  private repetition(): Part {
    const part = this.atom();
    const counts = /^(?:([*+?])|\{(\d{1,4})(,(\d{0,4}))?\})/.exec(this.source.slice(this.at));
    if (counts === null) return part;
    const [whole, sign, from, comma, to] = counts;
    this.at += whole.length;
    if (/[*+?{]/.test(this.peek())) throw this.problem();
    const min = sign === undefined ? Number(from) : sign === "+" ? 1 : 0;
    const bound = comma === undefined ? min : to === undefined || to === "" ? Infinity : Number(to);
    const max = sign === undefined ? bound : sign === "?" ? 1 : Infinity;
    if (min > MAX_REPEAT || max < min) throw this.problem();
    return { part, min, max };
  }

  private atom(): Part {
    const character = this.source[this.at] ?? "";
    this.at += 1;
    if (character === "(") return this.group();
    if (character === "[") return this.characterClass();
    if (character === ".") return { one: () => true };
    if (character === "\\") return { one: this.escape() };
    if (/[*+?{}^$]/.test(character)) throw this.problem();
    return { one: (each) => each === character };
  }

  private group(): Part {
    if (this.source.startsWith("?:", this.at)) this.at += 2;
    else if (this.peek() === "?") throw this.problem();
    const inner = this.alternatives();
    if (!this.takes(")")) throw this.problem();
    return inner;
  }

  private escape(): (character: string) => boolean {
    const name = this.source[this.at] ?? "";
    this.at += 1;
    const known = CLASSES[name];
    if (known) return (character) => known.test(character);
    if (name === "" || /[A-Za-z0-9]/.test(name)) throw this.problem();
    return (character) => character === name;
  }

  private characterClass(): Part {
    const negated = this.takes("^");
    const members: ((character: string) => boolean)[] = [];
    while (members.length === 0 || this.peek() !== "]") {
      if (this.at >= this.source.length) throw this.problem();
      members.push(this.member());
    }
    this.at += 1;
    return { one: (character) => members.some((member) => member(character)) !== negated };
  }

  private member(): (character: string) => boolean {
    const first = this.source[this.at] ?? "";
    this.at += 1;
    if (first === "\\") return this.escape();
    if (/[[\]&]/.test(first)) throw this.problem();
    const range = /^-([^\]\\])/.exec(this.source.slice(this.at))?.[1];
    if (range === undefined) return (character) => character === first;
    this.at += 2;
    if (range < first) throw this.problem();
    return (character) => character >= first && character <= range;
  }

  private peek(): string {
    return this.source[this.at] ?? "";
  }

  private takes(character: string): boolean {
    const found = this.peek() === character;
    if (found) this.at += 1;
    return found;
  }

  private problem(): InvalidExpression {
    return new InvalidExpression(`${this.source} is no pattern that is supported`);
  }
}
