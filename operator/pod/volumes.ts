import type { VolumeConfiguration } from "#lib/ecs/volume-configurations.ts";
import type { MountPoint, Volume } from "#model/generated/types.generated.ts";
import type { NamedContainer } from "./input.ts";
import { podVolumeName } from "./names.ts";
import type { EffectiveDefinition } from "./overrides.ts";
import { carrierOf, sourceOf, subPathOf } from "./volume-source.ts";
import type { Volume as PodVolume, VolumeMount } from "./kubernetes-types.ts";

const SHARED_MEMORY_PATH = "/dev/shm";

/** Volumes of the Pod: the task definition's, and those in memory that containers ask for (`tmpfs`, shared memory). */
export function volumesOf(
  volumes: readonly Volume[],
  containers: readonly NamedContainer[],
  configurations: readonly VolumeConfiguration[],
): PodVolume[] {
  return [
    ...volumes
      .filter((volume) => carrierOf(volume, volumes) === volume)
      .map((volume) => ({ name: podVolumeName(volume.name ?? ""), ...sourceOf(volume, configurations) })),
    ...containers.flatMap((container, index) => memoryVolumes(container, index)),
  ];
}

/** Mounts of one container; `index` is its place in the task definition. */
export function mountsOf(
  container: NamedContainer,
  index: number,
  definition: Pick<EffectiveDefinition, "containerDefinitions" | "volumes">,
): VolumeMount[] {
  const { containerDefinitions: containers, volumes = [] } = definition;
  const own = (container.mountPoints ?? []).map((mount) => mountOf(mount, volumes));
  const borrowed = (container.volumesFrom ?? []).flatMap(({ sourceContainer, readOnly }) => {
    const source = containers.find(({ name }) => name === sourceContainer);
    return (source?.mountPoints ?? []).map((mount) => mountOf(mount, volumes, readOnly));
  });
  const inMemory = memoryMounts(container, index).map(({ name, mountPath }) => ({ name, mountPath }));
  // Later mounts of a path do not hide earlier ones: a container's own come first.
  return [...new Map([...inMemory, ...borrowed, ...own].map((mount) => [mount.mountPath, mount])).values()];
}

function mountOf(mountPoint: MountPoint, volumes: readonly Volume[], forced?: boolean): VolumeMount {
  const { sourceVolume = "", containerPath = "", readOnly } = mountPoint;
  const volume = volumes.find(({ name }) => name === sourceVolume);
  const subPath = volume && subPathOf(volume);
  return {
    name: podVolumeName((volume && carrierOf(volume, volumes).name) ?? sourceVolume),
    mountPath: containerPath,
    ...(subPath !== undefined && { subPath }),
    ...((readOnly === true || forced === true) && { readOnly: true }),
  };
}

interface MemoryMount {
  readonly name: string;
  readonly mountPath: string;
  readonly sizeMiB: number;
}

function memoryMounts({ linuxParameters = {} }: NamedContainer, index: number): MemoryMount[] {
  const { tmpfs = [], sharedMemorySize } = linuxParameters;
  const mounts = tmpfs.map(({ containerPath, size }, number) => ({
    name: `kecs-tmpfs-${index}-${number}`,
    mountPath: containerPath,
    sizeMiB: size,
  }));
  if (sharedMemorySize) {
    mounts.push({ name: `kecs-shm-${index}`, mountPath: SHARED_MEMORY_PATH, sizeMiB: sharedMemorySize });
  }
  return mounts;
}

function memoryVolumes(container: NamedContainer, index: number): PodVolume[] {
  return memoryMounts(container, index).map(({ name, sizeMiB }) => ({
    name,
    emptyDir: { medium: "Memory", sizeLimit: `${sizeMiB}Mi` },
  }));
}
