import { expect } from "chai";
import { environmentFileSecretOf, secretKeyOf } from "./secret-reference.ts";

describe("Secret of a valueFrom", () => {
  const cases: [string, string | undefined, string?][] = [
    ["/prod/db/password", "ssm.prod.db.password", "value"],
    ["password", "ssm.password", "value"],
    ["arn:aws:ssm:us-east-1:000000000000:parameter/prod/db", "ssm.prod.db", "value"],
    ["arn:aws:secretsmanager:us-east-1:000000000000:secret:prod/db-AbCdEf", "secretsmanager.prod.db", "value"],
    ["arn:aws:secretsmanager:us-east-1:000000000000:secret:prod/db-AbCdEf:user::", "secretsmanager.prod.db", "user"],
    ["arn:aws:secretsmanager:us-east-1:000000000000:secret:db-AbCdEf::AWSCURRENT:", "secretsmanager.db", "value"],
    ["arn:aws:secretsmanager:us-east-1:000000000000:secret:db-AbCdEf::AWSPREVIOUS:", undefined],
    ["arn:aws:s3:::bucket/key", undefined],
  ];
  for (const [valueFrom, secretName, key] of cases) {
    it(`${valueFrom} → ${secretName ?? "none"}`, () => {
      expect(secretKeyOf(valueFrom)).to.deep.equal(secretName === undefined ? undefined : { secretName, key });
    });
  }

  it("keeps names apart that would become the same", () => {
    const names = ["/a/b", "/a.b", "/A/b", "/a_b", "a/b/"].map((name) => secretKeyOf(name)?.secretName);
    expect(new Set(names).size).to.equal(names.length);
    for (const name of names) expect(name).to.match(/^[a-z0-9]([-a-z0-9.]*[a-z0-9])?$/);
  });
});

describe("Secret of an environment file", () => {
  const cases: [string, string | undefined][] = [
    ["arn:aws:s3:::conf/prod/app.env", "s3.conf.prod.app"],
    ["arn:aws-cn:s3:::conf/app.env", "s3.conf.app"],
    ["arn:aws:s3:::conf/app.txt", undefined],
    ["s3://conf/app.env", undefined],
    ["/conf/app.env", undefined],
  ];
  for (const [value, secretName] of cases) {
    it(`${value} → ${secretName ?? "none"}`, () => {
      expect(environmentFileSecretOf(value)).to.equal(secretName);
    });
  }
});
