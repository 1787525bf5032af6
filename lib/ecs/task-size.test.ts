import { expect } from "chai";
import { isFargateSize, taskCpuUnits, taskMemoryMiB } from "./task-size.ts";

const GB = 1024;

describe("the size of a task", () => {
  /** CPU units, least and most GB, step in GB: the table of AWS's documentation. */
  const table: [number, number, number, number][] = [
    [512, 1, 4, 1],
    [1024, 2, 8, 1],
    [2048, 4, 16, 1],
    [4096, 8, 30, 1],
    [8192, 16, 60, 4],
    [16_384, 32, 120, 8],
  ];
  for (const [cpu, least, most, step] of table) {
    it(`${cpu} CPU units go with ${least} to ${most} GB on Fargate`, () => {
      for (let memory = least; memory <= most; memory += step) {
        expect(isFargateSize(cpu, memory * GB), `${memory} GB`).to.equal(true);
      }
      for (const memory of [least - step, most + step, least + step / 2]) {
        expect(isFargateSize(cpu, memory * GB), `${memory} GB`).to.equal(false);
      }
    });
  }

  it("has three steps of memory with the least cpu, four with the most", () => {
    expect([256, 512, 1024, 1536, 2048, 3072].map((memory) => isFargateSize(256, memory))).to.deep.equal([
      false,
      true,
      true,
      false,
      true,
      false,
    ]);
    expect([60, 120, 180, 244, 200].map((memory) => isFargateSize(32_768, memory * GB))).to.deep.equal([
      true,
      true,
      true,
      true,
      false,
    ]);
    expect(isFargateSize(300, 512)).to.equal(false);
  });

  it("is read in units and in words", () => {
    expect(["256", ".25 vCPU", "0.25vcpu", "1 vCPU"].map(taskCpuUnits)).to.deep.equal([256, 256, 256, 1024]);
    expect(["512", "0.5 GB", ".5gb", "2GB"].map(taskMemoryMiB)).to.deep.equal([512, 512, 512, 2048]);
    expect([taskCpuUnits(undefined), taskMemoryMiB("")]).to.deep.equal([undefined, undefined]);
    for (const wrong of ["0", "-1", "1.5", "two", "1 GB"]) {
      expect(() => taskCpuUnits(wrong), wrong).to.throw(/^Invalid 'cpu' setting for task/);
    }
  });
});
