import { expect } from "chai";
import { environment } from "./support/environment.ts";

const target = (action: string): string => `AmazonEC2ContainerServiceV20141113.${action}`;

interface Answer {
  status: number;
  type: string;
  message: string;
  headers: Headers;
}

async function post(body: string | Uint8Array, headers: Record<string, string>, path = "/"): Promise<Answer> {
  const response = await fetch(new URL(path, environment.endpoint), {
    method: "POST",
    headers: { "content-type": "application/x-amz-json-1.1", ...headers },
    body,
  });
  const answer = (await response.json()) as { __type?: string; message?: string };
  return {
    status: response.status,
    type: answer.__type ?? "",
    message: answer.message ?? "",
    headers: response.headers,
  };
}

const call = (action: string, input: unknown): Promise<Answer> =>
  post(JSON.stringify(input), { "x-amz-target": target(action) });

describe("bad input is answered as AWS answers it", () => {
  afterEach("the gateway lives", async () => {
    expect((await fetch(`${environment.admin}/health/live`)).status).to.equal(200);
  });

  it("broken JSON", async () => {
    const answer = await post('{"cluster": ', { "x-amz-target": target("ListTasks") });
    expect(answer).to.include({ status: 400, type: "SerializationException" });
  });

  it("JSON that is no object", async () => {
    for (const body of ["[]", "3", '"text"', "null"]) {
      const answer = await post(body, { "x-amz-target": target("ListTasks") });
      expect(answer, body).to.include({ status: 400, type: "SerializationException" });
    }
  });

  it("a member of the wrong type, named", async () => {
    const answer = await call("RunTask", { taskDefinition: "x", count: "three" });
    expect(answer).to.include({ status: 400, type: "SerializationException" });
    expect(answer.message).to.contain("count");
  });

  it("a missing member, named", async () => {
    const answer = await call("CreateService", {});
    expect(answer.status).to.equal(400);
    expect(answer.type).to.equal("InvalidParameterException");
    expect(answer.message).to.contain("serviceName");
  });

  it("an unknown value of an enumeration, named", async () => {
    const answer = await call("RunTask", { taskDefinition: "x", launchType: "LAMBDA" });
    expect(answer).to.include({ status: 400, type: "InvalidParameterException" });
    expect(answer.message).to.contain("launchType");
  });

  it("an operation that ECS does not have", async () => {
    const answer = await call("MakeCoffee", {});
    expect(answer).to.include({ status: 400, type: "UnknownOperationException" });
  });

  it("targets that are none", async () => {
    for (const bad of [
      "",
      "ListTasks",
      "DynamoDB_20120810.ListTables",
      "AmazonEC2ContainerServiceV20141113.",
      "a".repeat(5000),
    ]) {
      const answer = await post("{}", { "x-amz-target": bad });
      expect(answer.status, bad).to.be.within(400, 499);
      expect(answer.type, bad).to.not.equal("");
    }
  });

  it("a body over 1 MiB", async () => {
    const answer = await post(JSON.stringify({ cluster: "x".repeat(1_100_000) }), {
      "x-amz-target": target("ListTasks"),
    });
    expect(answer.status).to.be.within(400, 499);
    expect(answer.type).to.not.equal("");
  });

  it("an operation that is not offered yet, validated first", async () => {
    const invalid = await call("DiscoverPollEndpoint", { cluster: 5 });
    expect(invalid).to.include({ status: 400, type: "SerializationException" });
    const valid = await call("DiscoverPollEndpoint", { cluster: "default" });
    expect(valid).to.include({ status: 400, type: "UnsupportedFeatureException" });
    expect(valid.message).to.contain("DiscoverPollEndpoint");
  });

  it("lets members pass that the model does not know", async () => {
    const answer = await call("ListClusters", { memberOfTomorrow: { a: 1 } });
    expect(answer.status).to.equal(200);
    expect(answer.headers.get("content-type")).to.contain("application/x-amz-json-1.1");
    expect(answer.headers.get("x-amzn-requestid")).to.match(/^[-0-9a-f]{36}$/);
  });

  it("serves POST /v1/<Action> as well", async () => {
    const good = await post("{}", {}, "/v1/ListClusters");
    expect(good.status).to.equal(200);
    const bad = await post("{}", {}, "/v1/MakeCoffee");
    expect(bad).to.include({ status: 400, type: "UnknownOperationException" });
  });

  it("a cluster that does not exist", async () => {
    for (const action of ["ListTasks", "ListServices", "RunTask", "DescribeServices", "DescribeTasks"]) {
      const answer = await call(action, {
        cluster: "no-such-cluster",
        taskDefinition: "x",
        services: ["a"],
        tasks: ["b"],
      });
      expect(answer, action).to.include({
        status: 400,
        type: "ClusterNotFoundException",
        message: "Cluster not found.",
      });
    }
  });
});
