import type { KubeClient } from "#lib/kube/client.ts";
import { RESOURCE, type KubeObject, type ResourceType } from "#lib/kube/resources.ts";
import { eventually } from "../support/wait.ts";

/** A kind for tests, with a status subresource and two fields. */
export const WIDGET: ResourceType = {
  group: "test.kecs.io",
  version: "v1",
  kind: "Widget",
  plural: "widgets",
  namespaced: true,
};

export interface Widget extends KubeObject {
  spec: { size?: number; color?: string };
  status?: { phase?: string; conditions?: { type: string; status: string }[] };
}

export function widget(name: string, spec: Widget["spec"] = {}): Widget {
  return { metadata: { namespace: "default", name }, spec };
}

/** Makes the kind known to the API server, and waits until it serves it. */
export async function installWidgets(client: KubeClient): Promise<void> {
  const strings = { type: "string" };
  const condition = { type: "object", required: ["type"], properties: { type: strings, status: strings } };
  const schema = {
    type: "object",
    properties: {
      spec: {
        type: "object",
        properties: { size: { type: "integer", maximum: 100 }, color: strings },
      },
      status: {
        type: "object",
        properties: {
          phase: strings,
          conditions: {
            type: "array",
            items: condition,
            "x-kubernetes-list-type": "map",
            "x-kubernetes-list-map-keys": ["type"],
          },
        },
      },
    },
  };
  await client.create(RESOURCE.customresourcedefinitions, {
    metadata: { name: `${WIDGET.plural}.${WIDGET.group}` },
    spec: {
      group: WIDGET.group,
      scope: "Namespaced",
      names: { kind: WIDGET.kind, plural: WIDGET.plural, singular: "widget", listKind: "WidgetList" },
      versions: [
        {
          name: WIDGET.version,
          served: true,
          storage: true,
          subresources: { status: {} },
          schema: { openAPIV3Schema: schema },
        },
      ],
    },
  });
  await eventually("widgets are served", async () => (await client.list(WIDGET)).items.length === 0, 30_000, 50);
}
