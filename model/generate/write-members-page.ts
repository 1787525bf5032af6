import { type Model, shapeOf } from "./model.ts";

/** What becomes of a member: `does` how it acts, `why` for which reason it or some of its values are refused. */
interface Support {
  readonly does?: string;
  readonly why?: string;
}

export interface MembersSection {
  readonly title: string;
  /** Name of the shape in the model that the table is about. */
  readonly shape: string;
  readonly table: Readonly<Record<string, Support>>;
  /** Only members below this path, which is left out of what is shown. */
  readonly below?: string;
  /** Only members outside these paths. */
  readonly without?: readonly string[];
}

/**
 * The page that lists every member of a task definition and of its overrides with what it does.
 * @param intro text before the first section
 */
export function writeMembersPage(model: Model, intro: string, sections: readonly MembersSection[]): string {
  const parts = sections.map((section) => {
    const rows = rowsOf(model, section);
    return [`## ${section.title}`, "", "| member | what it does |", "| --- | --- |", ...rows, ""].join("\n");
  });
  return `${intro.trim()}\n\n${parts.join("\n")}`;
}

function rowsOf(model: Model, { shape, table, below, without = [] }: MembersSection): string[] {
  return decided(model, shape, "", table)
    .filter(({ path }) => below === undefined || path.startsWith(`${below}.`))
    .filter(({ path }) => !without.some((prefix) => path.startsWith(prefix)))
    .map(({ path, shape: name }) => {
      const shown = below === undefined ? path : path.slice(below.length + 1);
      const members = membersOf(model, name).map((member) => `\`${member}\``);
      const withMembers = members.length === 0 ? "" : ` (${members.join(", ")})`;
      return `| \`${shown}\`${withMembers} | ${sentence(table[path] ?? {})} |`;
    });
}

/** The members that the table decides on, in the model's order. */
function decided(
  model: Model,
  shapeName: string,
  path: string,
  table: MembersSection["table"],
): { path: string; shape: string }[] {
  if (table[path] !== undefined) return [{ path, shape: shapeName }];
  const shape = shapeOf(model, shapeName);
  if (shape.type === "list") return decided(model, shape.member?.shape ?? "", `${path}[]`, table);
  return Object.entries(shape.members ?? {}).flatMap(([name, member]) =>
    decided(model, member.shape, path === "" ? name : `${path}.${name}`, table),
  );
}

/** Names of the members of a structure, or of a list's items. */
function membersOf(model: Model, shapeName: string): string[] {
  const shape = shapeOf(model, shapeName);
  if (shape.type === "list") return membersOf(model, shape.member?.shape ?? "");
  return Object.keys(shape.members ?? {});
}

function sentence({ does, why }: Support): string {
  if (does === undefined) return `**refused**: ${why}`;
  return why === undefined ? does : `${does}. **Refused otherwise**: ${why}`;
}
