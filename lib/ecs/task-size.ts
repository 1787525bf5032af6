import { invalidParameter } from "../errors.ts";

const CPU_UNITS_PER_VCPU = 1024;
const MIB_PER_GB = 1024;

/**
 * Task-level `cpu` in CPU units: `"256"`, `".25 vCPU"` or `"1 vcpu"`. Undefined where none is given.
 * @throws InvalidParameterException when it is neither.
 */
export function taskCpuUnits(cpu: string | undefined): number | undefined {
  return sizeOf(cpu, /^\s*(\d*\.?\d+)\s*(vcpu)?\s*$/i, CPU_UNITS_PER_VCPU, "cpu");
}

/**
 * Task-level `memory` in MiB: `"512"`, `"0.5 GB"` or `"1GB"`. Undefined where none is given.
 * @throws InvalidParameterException when it is neither.
 */
export function taskMemoryMiB(memory: string | undefined): number | undefined {
  return sizeOf(memory, /^\s*(\d*\.?\d+)\s*(gb)?\s*$/i, MIB_PER_GB, "memory");
}

function sizeOf(text: string | undefined, pattern: RegExp, unit: number, member: string): number | undefined {
  if (text === undefined || text === "") return undefined;
  const [, number, inUnits] = pattern.exec(text) ?? [];
  const value = Number(number) * (inUnits === undefined ? 1 : unit);
  if (!Number.isInteger(value) || value <= 0) {
    throw invalidParameter(`Invalid '${member}' setting for task: ${text}.`);
  }
  return value;
}

const range = (from: number, to: number, step: number): number[] =>
  Array.from({ length: Math.floor((to - from) / step) + 1 }, (_, index) => from + index * step);

/** CPU units → MiB that go with them. */
const FARGATE_SIZES: ReadonlyMap<number, readonly number[]> = new Map([
  [256, [512, 1024, 2048]],
  [512, range(1024, 4096, 1024)],
  [1024, range(2048, 8192, 1024)],
  [2048, range(4096, 16_384, 1024)],
  [4096, range(8192, 30_720, 1024)],
  [8192, range(16_384, 61_440, 4096)],
  [16_384, range(32_768, 122_880, 8192)],
  [32_768, [61_440, 122_880, 184_320, 249_856]],
]);

/**
 * True where Fargate offers tasks of this size.
 * @see https://docs.aws.amazon.com/AmazonECS/latest/developerguide/task_definition_parameters.html#task_size
 */
export function isFargateSize(cpuUnits: number, memoryMiB: number): boolean {
  return FARGATE_SIZES.get(cpuUnits)?.includes(memoryMiB) ?? false;
}
