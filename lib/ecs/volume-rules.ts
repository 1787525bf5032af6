import type { RegisterTaskDefinitionRequest, Volume } from "#model/generated/types.generated.ts";
import type { Problem } from "./problem.ts";

type Definition = Pick<RegisterTaskDefinitionRequest, "containerDefinitions" | "volumes">;

/** The members that say what a volume is: one of them, or none for an empty one. */
const KINDS = [
  "host",
  "dockerVolumeConfiguration",
  "efsVolumeConfiguration",
  "fsxWindowsFileServerVolumeConfiguration",
  "s3filesVolumeConfiguration",
] as const satisfies readonly (keyof Volume)[];

/**
 * The rules about volumes and who mounts them.
 * @see https://docs.aws.amazon.com/AmazonECS/latest/APIReference/API_Volume.html
 */
export function volumeProblems({ containerDefinitions, volumes = [] }: Definition): Problem[] {
  const names = new Set(volumes.map(({ name }) => name));
  const containers = new Set(containerDefinitions.map(({ name }) => name));
  return [
    ...volumes.flatMap((volume, index) => declarationProblems(volume, index, volumes)),
    ...containerDefinitions.flatMap(({ mountPoints = [], volumesFrom = [] }, index): Problem[] => [
      ...mountPoints
        .filter(({ sourceVolume }) => !names.has(sourceVolume))
        .map(({ sourceVolume = "" }) => ({
          path: `containerDefinitions[${index}].mountPoints`,
          message: `Unknown volume '${sourceVolume}'.`,
        })),
      ...volumesFrom
        .filter(({ sourceContainer }) => !containers.has(sourceContainer))
        .map(({ sourceContainer = "" }) => ({
          path: `containerDefinitions[${index}].volumesFrom`,
          message: `Unknown container '${sourceContainer}' in 'volumesFrom'.`,
        })),
    ]),
  ];
}

function declarationProblems(volume: Volume, index: number, volumes: readonly Volume[]): Problem[] {
  const { name = "" } = volume;
  const path = `volumes[${index}]`;
  if (name === "") return [{ path: `${path}.name`, message: "Volume.name should not be null or empty." }];
  if (volumes.findIndex((other) => other.name === name) < index) {
    return [{ path: `${path}.name`, message: `Volume names must be unique: '${name}' is repeated.` }];
  }
  const kinds = KINDS.filter((kind) => volume[kind] !== undefined);
  if (kinds.length <= 1) return [];
  return [{ path, message: `Volume '${name}' can have only one of ${kinds.join(", ")}.` }];
}
