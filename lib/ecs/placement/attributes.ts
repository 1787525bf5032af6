/** Prefix of the node labels that are custom attributes: `attribute:stack` is `attribute.kecs.io/stack`. */
export const ATTRIBUTE_PREFIX = "attribute.kecs.io/";

interface BuiltIn {
  readonly label: string;
  /** Values of the label → what ECS calls them; others are the same in both. */
  readonly values?: Readonly<Record<string, string>>;
}

/**
 * The attributes that ECS gives each container instance, and the node label that says the same.
 * @see https://docs.aws.amazon.com/AmazonECS/latest/developerguide/task-placement-constraints.html#attributes
 */
const BUILT_IN: Readonly<Record<string, BuiltIn>> = {
  "ecs.availability-zone": { label: "topology.kubernetes.io/zone" },
  "ecs.instance-type": { label: "node.kubernetes.io/instance-type" },
  "ecs.os-type": { label: "kubernetes.io/os" },
  "ecs.os-family": { label: "kubernetes.io/os", values: { linux: "LINUX" } },
  "ecs.cpu-architecture": { label: "kubernetes.io/arch", values: { amd64: "x86_64" } },
};

type Labels = Readonly<Record<string, string>>;

/** Names of the attributes that come from Kubernetes' own labels. */
export const BUILT_IN_ATTRIBUTES: readonly string[] = Object.keys(BUILT_IN);

/**
 * The node label that an attribute is: for ECS's own the well-known one, for a name with a slash the label of that
 * name, for any other one below {@link ATTRIBUTE_PREFIX}.
 */
export function attributeLabel(name: string): string {
  return BUILT_IN[name]?.label ?? (name.includes("/") ? name : `${ATTRIBUTE_PREFIX}${name}`);
}

/** The value of a node's attribute; undefined where it has none of that name. */
export function attributeValue(labels: Labels, name: string): string | undefined {
  const value = labels[attributeLabel(name)];
  return value === undefined ? undefined : (BUILT_IN[name]?.values?.[value] ?? value);
}

/** The label's value for an attribute's; undefined where no label value means it. */
export function labelValueOfAttribute(name: string, value: string): string | undefined {
  const values = BUILT_IN[name]?.values ?? {};
  const renamed = Object.entries(values).find(([, ecs]) => ecs === value)?.[0];
  if (renamed !== undefined) return renamed;
  return Object.hasOwn(values, value) || !isLabelValue(value) ? undefined : value;
}

/** All attributes of a node: ECS's own, then the custom ones by name. */
export function attributesOf(labels: Labels): { name: string; value: string }[] {
  const custom = Object.keys(labels)
    .filter((label) => label.startsWith(ATTRIBUTE_PREFIX))
    .map((label) => label.slice(ATTRIBUTE_PREFIX.length))
    .filter((name) => !Object.hasOwn(BUILT_IN, name));
  return [...BUILT_IN_ATTRIBUTES, ...custom.toSorted()].flatMap((name) => {
    const value = attributeValue(labels, name);
    return value === undefined ? [] : [{ name, value }];
  });
}

/** True where Kubernetes takes a text as a label's value. */
export function isLabelValue(text: string): boolean {
  return text.length <= 63 && /^([A-Za-z0-9]([-._A-Za-z0-9]*[A-Za-z0-9])?)?$/.test(text);
}

/** True where Kubernetes takes a text as the name of a label, after its prefix if it has one. */
export function isLabelKey(text: string): boolean {
  const [, prefix = "", name = ""] = /^(?:([^/]*)\/)?([^/]*)$/.exec(text) ?? [];
  const named = name !== "" && isLabelValue(name);
  return named && prefix.length <= 253 && /^([a-z0-9]([-a-z0-9.]*[a-z0-9])?)?$/.test(prefix);
}
