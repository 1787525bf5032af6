/** What a container's `dockerSecurityOptions` come to. */
export interface SecurityOptions {
  readonly noNewPrivileges: boolean;
  /** `unconfined`, or the name of a profile that the node has loaded. */
  readonly appArmor?: string;
  /** SELinux: user, role, type, level. */
  readonly labels: Readonly<Partial<Record<SELinuxPart, string>>>;
}

export type SELinuxPart = "user" | "role" | "type" | "level";

const LABEL = /^label[:=](user|role|type|level):(.+)$/;
const APPARMOR = /^apparmor[:=](.+)$/;
const NO_NEW_PRIVILEGES = /^no-new-privileges([:=]true)?$/;

/**
 * Reads `no-new-privileges`, `apparmor:<profile>` and `label:<part>:<value>`.
 * @returns undefined where one of them is none of these.
 * @see https://docs.aws.amazon.com/AmazonECS/latest/APIReference/API_ContainerDefinition.html
 */
export function parseSecurityOptions(options: readonly string[]): SecurityOptions | undefined {
  const known = options.every((option) => [LABEL, APPARMOR, NO_NEW_PRIVILEGES].some((form) => form.test(option)));
  if (!known) return undefined;
  const appArmor = options.flatMap((option) => APPARMOR.exec(option)?.[1] ?? []).at(-1);
  const labels = Object.fromEntries(
    options.flatMap((option) => {
      const [, part, value] = LABEL.exec(option) ?? [];
      return part === undefined ? [] : [[part, value]];
    }),
  );
  return {
    noNewPrivileges: options.some((option) => NO_NEW_PRIVILEGES.test(option)),
    ...(appArmor !== undefined && { appArmor }),
    labels,
  };
}
