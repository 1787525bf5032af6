import { clusterController } from "./cluster/controller.ts";
import { capacityProviderController } from "./capacity-provider/controller.ts";
import type { Controller, Deps } from "./deps.ts";
import { dnsController } from "./dns/controller.ts";
import { scalableTargetController } from "./scalable-target/controller.ts";
import { scheduleController } from "./schedule/controller.ts";
import { serviceController } from "./service/controller.ts";
import { taskSetController } from "./task-set/controller.ts";
import { taskController } from "./task/controller.ts";
import { taskDefinitionController } from "./task-definition/controller.ts";

/** All reconcilers, one a kind and one for DNS; they run while this process is the leader. */
export function createControllers(deps: Deps): Controller[] {
  return [
    clusterController(deps),
    capacityProviderController(deps),
    taskDefinitionController(deps),
    serviceController(deps),
    taskSetController(deps),
    taskController(deps),
    dnsController(deps),
    scheduleController(deps),
    scalableTargetController(deps),
  ];
}
