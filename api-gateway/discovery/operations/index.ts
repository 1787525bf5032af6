import type { DiscoveryRegistry } from "../operation.ts";
import { createHttpNamespace } from "./create-http-namespace.ts";
import { createPrivateDnsNamespace } from "./create-private-dns-namespace.ts";
import { createService } from "./create-service.ts";
import { deleteNamespace } from "./delete-namespace.ts";
import { deleteService } from "./delete-service.ts";
import { discoverInstances } from "./discover-instances.ts";
import { getNamespace } from "./get-namespace.ts";
import { getOperation } from "./get-operation.ts";
import { getService } from "./get-service.ts";
import { listInstances } from "./list-instances.ts";
import { listNamespaces } from "./list-namespaces.ts";
import { listServices } from "./list-services.ts";
import { listTagsForResource } from "./list-tags-for-resource.ts";
import { tagResource } from "./tag-resource.ts";
import { untagResource } from "./untag-resource.ts";
import { updateHttpNamespace } from "./update-http-namespace.ts";
import { updatePrivateDnsNamespace } from "./update-private-dns-namespace.ts";
import { updateService } from "./update-service.ts";

/** The operations of Cloud Map that are served. */
export const discoveryOperations: DiscoveryRegistry = {
  CreateHttpNamespace: createHttpNamespace,
  CreatePrivateDnsNamespace: createPrivateDnsNamespace,
  CreateService: createService,
  DeleteNamespace: deleteNamespace,
  DeleteService: deleteService,
  DiscoverInstances: discoverInstances,
  GetNamespace: getNamespace,
  GetOperation: getOperation,
  GetService: getService,
  ListInstances: listInstances,
  ListNamespaces: listNamespaces,
  ListServices: listServices,
  ListTagsForResource: listTagsForResource,
  TagResource: tagResource,
  UntagResource: untagResource,
  UpdateHttpNamespace: updateHttpNamespace,
  UpdatePrivateDnsNamespace: updatePrivateDnsNamespace,
  UpdateService: updateService,
};
