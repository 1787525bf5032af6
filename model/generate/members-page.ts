import { MEMBERS } from "../../lib/ecs/supported-members.ts";
import { OVERRIDE_MEMBERS } from "../../lib/ecs/supported-overrides.ts";
import type { Model } from "./model.ts";
import { writeMembersPage } from "./write-members-page.ts";

const INTRO = `<!-- Written by \`npm run generate\` from lib/ecs/supported-*.ts: change it there. -->

# Every member of a task definition

What each member of RegisterTaskDefinition's input and of RunTask's overrides becomes in a Pod. A member with members of
its own in brackets speaks for them too. What is refused is refused by name: RegisterTaskDefinition and RunTask answer an
error, an ECSTaskDefinition or ECSTask made with kubectl is \`Stalled\` with reason \`Unsupported\` and the same words.
[task-definitions.md](task-definitions.md) explains how it fits together.`;

/** \`docs/task-definition-members.md\`. */
export function membersPage(model: Model): string {
  const containers = "containerDefinitions[]";
  const shape = "RegisterTaskDefinitionRequest";
  return writeMembersPage(model, INTRO, [
    { title: "Task definition", shape, table: MEMBERS, without: ["containerDefinitions", "volumes"] },
    { title: "Containers", shape, table: MEMBERS, below: containers },
    { title: "Volumes", shape, table: MEMBERS, below: "volumes[]" },
    { title: "Overrides of a task", shape: "TaskOverride", table: OVERRIDE_MEMBERS, without: ["containerOverrides"] },
    {
      title: "Overrides of a container",
      shape: "TaskOverride",
      table: OVERRIDE_MEMBERS,
      below: "containerOverrides[]",
    },
  ]);
}
