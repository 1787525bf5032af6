/** What lists can be narrowed down by, by name; undefined where a resource has none. Shared by all that are alike. */
export type Traits = Readonly<Record<string, string | undefined>>;

interface Member {
  /** What stands in its ARN after the last `/`. */
  id: string;
  traits: Pooled;
}

interface Pooled {
  readonly traits: Traits;
  readonly key: string;
  members: number;
}

/** A resource of a list. */
export interface ListRow {
  readonly uid: string;
  readonly arn: string;
  readonly traits: Traits;
}

/** Beyond so many that come or go together, sorting anew costs less than moving each to its place. */
const SORT_ANEW = 16;

/**
 * The resources of one kind in one cluster, in the order of their ARNs. ARNs that begin alike are kept by their ends;
 * with any that does not, the list gives up ({@link SortedList.put} answers false).
 */
export class SortedList {
  #prefix: string | undefined;
  #sorted: Member[] = [];
  readonly #byUid = new Map<string, Member>();
  readonly #pool = new Map<string, Pooled>();

  get size(): number {
    return this.#byUid.size;
  }

  /** Takes resources out and others in, those that are there already anew. False where an ARN does not fit the others. */
  change(gone: readonly string[], rows: readonly ListRow[]): boolean {
    const out = new Set<Member>();
    const added: Member[] = [];
    const staying = new Set(rows.map(({ uid }) => uid));
    for (const uid of gone) {
      if (!staying.has(uid)) this.#remove(uid, out);
    }
    for (const row of rows) {
      if (!this.#put(row, out, added)) return false;
    }
    this.#rearrange(out, added);
    return true;
  }

  /** Whether a member's ARN ends with that id. */
  has(id: string): boolean {
    return this.#sorted[this.#firstFrom(id)]?.id === id;
  }

  /** ARNs after `after`, in order, each once, of the members whose traits are wanted. */
  page(wanted: Traits, after: string | undefined, limit: number): string[] {
    const prefix = this.#prefix;
    const found: string[] = [];
    if (prefix === undefined) return found;
    const filters = Object.entries(wanted).filter(([, value]) => value !== undefined);
    const judged = new Map<Pooled, boolean>();
    let last: string | undefined;
    for (let index = this.#indexAfter(after, prefix); index < this.#sorted.length && found.length < limit; index++) {
      const { id, traits: pooled } = this.#sorted[index] as Member;
      if (id === last) continue;
      let matches = judged.get(pooled);
      if (matches === undefined) {
        matches = filters.every(([name, value]) => pooled.traits[name] === value);
        judged.set(pooled, matches);
      }
      if (!matches) continue;
      found.push(prefix + id);
      last = id;
    }
    return found;
  }

  #put({ uid, arn, traits }: ListRow, out: Set<Member>, added: Member[]): boolean {
    const end = arn.lastIndexOf("/") + 1;
    const [prefix, id] = [arn.slice(0, end), arn.slice(end)];
    if (this.#byUid.size === 0) this.#prefix = prefix;
    if (prefix !== this.#prefix) return false;
    const known = this.#byUid.get(uid);
    if (known !== undefined && known.id === id) {
      this.#release(known.traits);
      known.traits = this.#pooled(traits);
      return true;
    }
    if (known !== undefined) this.#remove(uid, out);
    const member = { id, traits: this.#pooled(traits) };
    this.#byUid.set(uid, member);
    added.push(member);
    return true;
  }

  #remove(uid: string, out: Set<Member>): void {
    const member = this.#byUid.get(uid);
    if (member === undefined) return;
    this.#byUid.delete(uid);
    this.#release(member.traits);
    out.add(member);
  }

  #rearrange(out: ReadonlySet<Member>, added: readonly Member[]): void {
    if (out.size + added.length > SORT_ANEW) {
      const kept = out.size === 0 ? this.#sorted : this.#sorted.filter((member) => !out.has(member));
      this.#sorted = [...kept, ...added].sort((a, b) => order(a.id, b.id));
      return;
    }
    for (const member of out) {
      let index = this.#firstFrom(member.id);
      // Several may have one id.
      while (this.#sorted[index] !== member) index++;
      this.#sorted.splice(index, 1);
    }
    for (const member of added) this.#sorted.splice(this.#firstFrom(member.id), 0, member);
  }

  #indexAfter(after: string | undefined, prefix: string): number {
    if (after === undefined) return 0;
    if (!after.startsWith(prefix)) return after < prefix ? 0 : this.#sorted.length;
    const id = after.slice(prefix.length);
    let index = this.#firstFrom(id);
    while (this.#sorted[index]?.id === id) index++;
    return index;
  }

  /** Index of the first member that does not come before `id`. */
  #firstFrom(id: string): number {
    let [low, high] = [0, this.#sorted.length];
    while (low < high) {
      const middle = (low + high) >>> 1;
      if ((this.#sorted[middle] as Member).id < id) low = middle + 1;
      else high = middle;
    }
    return low;
  }

  #pooled(traits: Traits): Pooled {
    const key = JSON.stringify(Object.values(traits).map((value) => value ?? null));
    const pooled = this.#pool.get(key) ?? { traits, key, members: 0 };
    pooled.members++;
    this.#pool.set(key, pooled);
    return pooled;
  }

  #release(pooled: Pooled): void {
    pooled.members--;
    if (pooled.members === 0) this.#pool.delete(pooled.key);
  }
}

/** The database's order of text: by characters, whatever the language. */
function order(a: string, b: string): number {
  if (a === b) return 0;
  return a < b ? -1 : 1;
}
