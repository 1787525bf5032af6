import { acts, below, type MemberTable, refuse } from "./member-support.ts";
import { ENVIRONMENT_FILE_VALUE, RESOURCE_REQUIREMENT_MEMBERS } from "./supported-containers.ts";

/** What becomes of each member of RunTask's and StartTask's overrides. */
export const OVERRIDE_MEMBERS: MemberTable = {
  cpu: acts("replaces the task's"),
  memory: acts("replaces the task's"),
  executionRoleArn: acts("replaces the task definition's"),
  taskRoleArn: acts("replaces the task definition's"),
  ephemeralStorage: acts("replaces the task definition's"),
  inferenceAcceleratorOverrides: refuse("Elastic Inference accelerators are not supported; Amazon has withdrawn them"),
  ...below("containerOverrides[]", {
    name: acts("the container that is meant"),
    command: acts("replaces the container's"),
    environment: acts("merged with the container's by name, and wins"),
    "environmentFiles[].value": ENVIRONMENT_FILE_VALUE,
    "environmentFiles[].type": acts("`s3`, the only one; the list replaces the container's"),
    cpu: acts("replaces the container's"),
    memory: acts("replaces the container's"),
    memoryReservation: acts("replaces the container's"),
    ...RESOURCE_REQUIREMENT_MEMBERS,
  }),
};
