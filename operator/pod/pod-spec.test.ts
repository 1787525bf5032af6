import { expect } from "chai";
import type { ContainerDefinition } from "#model/generated/types.generated.ts";
import type { PodInput, TaskDefinitionInput } from "./input.ts";
import { podSpecOf } from "./pod-spec.ts";

const task = {
  region: "us-east-1",
  clusterName: "shop",
  clusterArn: "arn:aws:ecs:us-east-1:000000000000:cluster/shop",
  taskDefinitionArn: "arn:aws:ecs:us-east-1:000000000000:task-definition/web:3",
  revision: 3,
};

type Members = Partial<TaskDefinitionInput>;

function specOf(container: ContainerDefinition, members: Members = {}, input: Partial<PodInput> = {}) {
  return podOf([{ name: "app", image: "nginx", ...container }], members, input).spec;
}

function podOf(containers: ContainerDefinition[], members: Members = {}, input: Partial<PodInput> = {}) {
  return podSpecOf({
    taskDefinition: { family: "web", containerDefinitions: containers, ...members },
    task,
    restartPolicy: "Never",
    ...input,
  });
}

const containerOf = (...args: Parameters<typeof specOf>) => specOf(...args).containers[0]!;

describe("the Pod of a task definition", () => {
  it("of the least there is", () => {
    expect(podOf([{ name: "app", image: "nginx", memory: 128 }])).to.deep.equal({
      metadata: {
        labels: {
          "app.kubernetes.io/managed-by": "kecs",
          "kecs.io/cluster": "shop",
          "kecs.io/task-family": "web",
          "kecs.io/task-revision": "3",
        },
        annotations: { "kecs.io/cluster-arn": task.clusterArn, "kecs.io/task-definition-arn": task.taskDefinitionArn },
      },
      spec: {
        restartPolicy: "Never",
        automountServiceAccountToken: false,
        enableServiceLinks: false,
        terminationGracePeriodSeconds: 30,
        containers: [
          {
            name: "app",
            image: "nginx",
            imagePullPolicy: "IfNotPresent",
            env: [
              { name: "AWS_EXECUTION_ENV", value: "AWS_ECS_EC2" },
              { name: "AWS_REGION", value: "us-east-1" },
              { name: "AWS_DEFAULT_REGION", value: "us-east-1" },
            ],
            resources: { requests: { memory: "128Mi" }, limits: { memory: "128Mi" } },
          },
        ],
      },
    });
  });

  it("is the same each time", () => {
    const containers = [{ name: "app", image: "nginx", portMappings: [{ containerPort: 80 }] }];
    expect(podOf(containers)).to.deep.equal(podOf(containers));
  });

  describe("of a service", () => {
    const restartPolicy = { enabled: true, ignoredExitCodes: [9] };
    const plain: ContainerDefinition[] = [
      { name: "job", image: "busybox" },
      { name: "proxy", image: "nginx" },
      { name: "helper", image: "busybox", essential: false },
      { name: "beside", image: "busybox", essential: false },
      {
        name: "app",
        image: "nginx",
        dependsOn: [
          { containerName: "job", condition: "SUCCESS" },
          { containerName: "proxy", condition: "START" },
        ],
      },
    ];
    const containers = plain.map((each) =>
      each.name === "beside" || each.name === "app" ? { ...each, restartPolicy } : each,
    );
    const surroundings = { containerRestartRules: true };
    const policies = ({ spec }: ReturnType<typeof podOf>) =>
      [...(spec.initContainers ?? []), ...spec.containers].map(({ name, restartPolicy }) => [name, restartPolicy]);

    it("lets what is not essential end for good; an essential end is the operator's to see", () => {
      const pod = podOf(containers, {}, { restartPolicy: "Always", task: { ...task, surroundings } });
      expect(policies(pod)).to.deep.equal([
        ["job", undefined],
        ["proxy", "Always"],
        ["helper", "Never"],
        ["beside", "Never"],
        ["app", undefined],
      ]);
      expect(pod.spec.containers.map(({ restartPolicyRules: rules }) => rules?.length)).to.deep.equal([
        undefined,
        1,
        undefined,
      ]);
    });

    it("is left to Kubernetes where that knows but Pods as a whole", () => {
      const pod = podOf(plain, {}, { restartPolicy: "Always", task });
      expect(policies(pod).map(([, policy]) => policy)).to.deep.equal([
        undefined,
        "Always",
        undefined,
        undefined,
        undefined,
      ]);
    });

    it("starts containers again as restartPolicy says, with the shell where there is one", () => {
      const rulesOf = (container: ContainerDefinition) => {
        const { restartPolicy, restartPolicyRules } = containerOf(container);
        return { restartPolicy, rules: restartPolicyRules?.map(({ exitCodes }) => exitCodes) };
      };
      const ignores = { restartPolicy: { enabled: true, ignoredExitCodes: [0, 9] } };
      expect(rulesOf(ignores)).to.deep.equal({
        restartPolicy: "Never",
        rules: [{ operator: "NotIn", values: [0, 9] }],
      });
      expect(rulesOf({ restartPolicy: { enabled: true } }).rules).to.deep.equal([
        { operator: "In", values: [0] },
        { operator: "NotIn", values: [0] },
      ]);
      for (const none of [{ ...ignores, entryPoint: ["sh"] }, { restartPolicy: { enabled: false } }, {}]) {
        expect(rulesOf(none)).to.deep.equal({ restartPolicy: undefined, rules: undefined });
      }
      const [job] = containers;
      const { spec } = podOf([{ ...job, restartPolicy: { enabled: true } }, ...containers.slice(1)]);
      expect(spec.initContainers?.[0]?.restartPolicyRules?.[0]?.exitCodes).to.deep.equal({
        operator: "NotIn",
        values: [0],
      });
    });

    it("is no other than that of a task that runs alone", () => {
      const alone = podOf(containers, {}, { task: { ...task, surroundings } });
      expect(alone).to.deep.equal(podOf(containers, {}, { task }));
    });
  });

  describe("what runs", () => {
    it("takes entryPoint for the command and command for its arguments", () => {
      const container = containerOf({ entryPoint: ["sh", "-c"], command: ["echo hi"], workingDirectory: "/srv" });
      expect(container).to.deep.include({ command: ["sh", "-c"], args: ["echo hi"], workingDir: "/srv" });
    });

    it("keeps what Kubernetes would replace", () => {
      const container = containerOf({
        command: ["echo $(HOME) $HOME $$ $$(A)"],
        environment: [{ name: "A", value: "$(B)" }],
      });
      expect(container.args).to.deep.equal(["echo $$(HOME) $HOME $$$ $$$$(A)"]);
      expect(container.env).to.deep.include({ name: "A", value: "$$(B)" });
    });

    it("gives names that Kubernetes does not allow another form", () => {
      expect(containerOf({ name: "My_App" }).name).to.match(/^my-app-[0-9a-f]{8}$/);
    });

    it("lets overrides replace, and merges variables by name", () => {
      const container = containerOf(
        {
          command: ["a"],
          memory: 64,
          environment: [
            { name: "A", value: "1" },
            { name: "B", value: "2" },
          ],
        },
        {},
        {
          overrides: {
            containerOverrides: [
              {
                name: "app",
                command: ["b"],
                memory: 32,
                cpu: 512,
                environment: [
                  { name: "B", value: "3" },
                  { name: "C", value: "4" },
                ],
              },
            ],
          },
        },
      );
      expect(container.args).to.deep.equal(["b"]);
      expect(container.resources).to.deep.equal({
        requests: { cpu: "500m", memory: "32Mi" },
        limits: { memory: "32Mi" },
      });
      expect(container.env?.map(({ name, value }) => `${name}=${value}`)).to.deep.equal([
        "AWS_EXECUTION_ENV=AWS_ECS_EC2",
        "AWS_REGION=us-east-1",
        "AWS_DEFAULT_REGION=us-east-1",
        "A=1",
        "B=3",
        "C=4",
      ]);
    });

    it("tells tasks where to ask about themselves, if there is an agent", () => {
      const surroundings = { agentUrl: "http://agent:8083" };
      const variables = (environment: { name: string; value: string }[]) =>
        containerOf({ environment }, {}, { task: { ...task, surroundings } }).env?.filter(
          ({ name }) => !name.startsWith("AWS_"),
        );
      expect(variables([])).to.deep.equal([
        { name: "KECS_POD_UID", valueFrom: { fieldRef: { apiVersion: "v1", fieldPath: "metadata.uid" } } },
        { name: "ECS_CONTAINER_METADATA_URI_V4", value: "http://agent:8083/v4/$(KECS_POD_UID)/app" },
        { name: "ECS_AGENT_URI", value: "http://agent:8083/api/$(KECS_POD_UID)/app" },
      ]);
      const mine = { name: "ECS_AGENT_URI", value: "mine" };
      expect(variables([mine])?.filter(({ name }) => name === "ECS_AGENT_URI")).to.deep.equal([mine]);
    });

    it("tells tasks their region, unless the task definition does", () => {
      const env = containerOf(
        { environment: [{ name: "AWS_REGION", value: "mine" }] },
        {},
        { task: { ...task, launchType: "FARGATE" } },
      ).env;
      expect(env).to.deep.equal([
        { name: "AWS_EXECUTION_ENV", value: "AWS_ECS_FARGATE" },
        { name: "AWS_REGION", value: "mine" },
        { name: "AWS_DEFAULT_REGION", value: "us-east-1" },
      ]);
    });

    it("takes EFS, shared and launch-time volumes as claims", () => {
      const mountPoints = [{ sourceVolume: "efs", containerPath: "/efs" }];
      const volumes = [
        { name: "efs", efsVolumeConfiguration: { fileSystemId: "fs-1", rootDirectory: "/a/b" } },
        { name: "shared", dockerVolumeConfiguration: { scope: "shared" as const } },
        { name: "ebs", configuredAtLaunch: true },
      ];
      const ebs = { roleArn: "r", sizeInGiB: 5, volumeType: "gp3" };
      const spec = specOf(
        { mountPoints },
        { volumes },
        { volumeConfigurations: [{ name: "ebs", managedEBSVolume: ebs }] },
      );
      expect(spec.volumes).to.deep.equal([
        { name: "efs", persistentVolumeClaim: { claimName: "efs.fs-1" } },
        { name: "shared", persistentVolumeClaim: { claimName: "docker.shared" } },
        {
          name: "ebs",
          ephemeral: {
            volumeClaimTemplate: {
              spec: {
                accessModes: ["ReadWriteOnce"],
                resources: { requests: { storage: "5Gi" } },
                storageClassName: "gp3",
              },
            },
          },
        },
      ]);
      expect(spec.containers[0]?.volumeMounts).to.deep.equal([{ name: "efs", mountPath: "/efs", subPath: "a/b" }]);
    });

    it("mounts two folders of one file system from one volume, as a Pod can have a claim only once", () => {
      const folder = (name: string, rootDirectory: string) => ({
        name,
        efsVolumeConfiguration: { fileSystemId: "fs-1", rootDirectory },
      });
      const mountPoints = [
        { sourceVolume: "a", containerPath: "/a" },
        { sourceVolume: "b", containerPath: "/b" },
      ];
      const spec = specOf({ mountPoints }, { volumes: [folder("a", "/x"), folder("b", "/y")] });
      expect(spec.volumes?.map(({ name }) => name)).to.deep.equal(["a"]);
      expect(spec.containers[0]?.volumeMounts).to.deep.equal([
        { name: "a", mountPath: "/a", subPath: "x" },
        { name: "a", mountPath: "/b", subPath: "y" },
      ]);
    });

    it("takes environment files from Secrets, the first one winning, those of an override instead", () => {
      const file = (name: string) => ({ value: `arn:aws:s3:::conf/${name}.env`, type: "s3" as const });
      const container = { environmentFiles: [file("a"), file("b")] };
      const names = (input: Partial<PodInput>) =>
        containerOf(container, {}, input).envFrom?.map(({ secretRef }) => secretRef?.name);
      expect(names({})).to.deep.equal(["s3.conf.b", "s3.conf.a"]);
      const overrides = { containerOverrides: [{ name: "app", environmentFiles: [file("c")] }] };
      expect(names({ overrides })).to.deep.equal(["s3.conf.c"]);
    });

    it("takes secrets from Secrets", () => {
      const { env } = containerOf({ secrets: [{ name: "PW", valueFrom: "/db/pw" }] });
      expect(env).to.deep.include({ name: "PW", valueFrom: { secretKeyRef: { name: "ssm.db.pw", key: "value" } } });
    });
  });

  it("confines containers by their security options", () => {
    const dockerSecurityOptions = ["no-new-privileges", "apparmor:tight", "label:type:svirt_t", "label:level:s0"];
    expect(containerOf({ dockerSecurityOptions }).securityContext).to.deep.equal({
      allowPrivilegeEscalation: false,
      appArmorProfile: { type: "Localhost", localhostProfile: "tight" },
      seLinuxOptions: { type: "svirt_t", level: "s0" },
    });
  });

  describe("resources", () => {
    it("reserves cpu and memoryReservation, and limits memory", () => {
      expect(containerOf({ cpu: 256, memory: 300, memoryReservation: 128 }).resources).to.deep.equal({
        requests: { cpu: "250m", memory: "128Mi" },
        limits: { memory: "300Mi" },
      });
    });

    it("has the task's size on the Pod, and shares what is not reserved", () => {
      const { spec } = podOf(
        [
          { name: "a", image: "i", cpu: 512, memory: 512 },
          { name: "b", image: "i" },
          { name: "c", image: "i" },
        ],
        { cpu: "1 vCPU", memory: "2 GB" },
      );
      expect(spec.resources).to.deep.equal({
        requests: { cpu: "1", memory: "2Gi" },
        limits: { cpu: "1", memory: "2Gi" },
      });
      expect(spec.containers.map(({ resources }) => resources)).to.deep.equal([
        { requests: { cpu: "500m", memory: "512Mi" }, limits: { cpu: "1", memory: "512Mi" } },
        { requests: { cpu: "250m", memory: "768Mi" }, limits: { cpu: "1", memory: "2Gi" } },
        { requests: { cpu: "250m", memory: "768Mi" }, limits: { cpu: "1", memory: "2Gi" } },
      ]);
    });

    it("limits ephemeral storage without reserving it, and asks for GPUs", () => {
      const { resources } = containerOf(
        { memory: 1, resourceRequirements: [{ type: "GPU", value: "2" }] },
        { ephemeralStorage: { sizeInGiB: 30 } },
      );
      expect(resources?.limits).to.deep.include({ "ephemeral-storage": "30Gi", "nvidia.com/gpu": "2" });
      expect(resources?.requests).to.deep.include({ "ephemeral-storage": "0" });
    });
  });

  describe("order", () => {
    const check = { command: ["CMD-SHELL", "curl $(HOST)"], interval: 10, retries: 2, startPeriod: 15 };

    it("runs what others wait for before them", () => {
      const { spec } = podOf([
        {
          name: "app",
          image: "i",
          dependsOn: [
            { containerName: "db", condition: "HEALTHY" },
            { containerName: "migrate", condition: "SUCCESS" },
          ],
        },
        { name: "migrate", image: "i", essential: false, dependsOn: [{ containerName: "db", condition: "START" }] },
        { name: "db", image: "i", healthCheck: check },
      ]);
      expect(spec.containers.map(({ name }) => name)).to.deep.equal(["app"]);
      expect(spec.initContainers?.map(({ name, restartPolicy }) => [name, restartPolicy])).to.deep.equal([
        ["db", "Always"],
        ["migrate", undefined],
      ]);
      expect(spec.initContainers?.[0]).to.deep.include({
        startupProbe: {
          exec: { command: ["/bin/sh", "-c", "curl $$(HOST)"] },
          periodSeconds: 10,
          timeoutSeconds: 5,
          failureThreshold: 4,
        },
      });
    });

    it("tells health by readiness, and never restarts for it", () => {
      const container = containerOf({ healthCheck: { command: ["CMD", "true"] } });
      expect(container.readinessProbe).to.deep.equal({
        exec: { command: ["true"] },
        periodSeconds: 30,
        timeoutSeconds: 5,
        failureThreshold: 3,
      });
      expect(container.livenessProbe).to.equal(undefined);
      expect(containerOf({ healthCheck: { command: ["NONE"] } }).readinessProbe).to.equal(undefined);
    });

    it("gives the longest stop timeout to all", () => {
      const stopTimeouts = [5, 90].map((stopTimeout, index) => ({ name: `c${index}`, image: "i", stopTimeout }));
      expect(podOf(stopTimeouts).spec.terminationGracePeriodSeconds).to.equal(90);
      expect(specOf({ stopTimeout: 5 }).terminationGracePeriodSeconds).to.equal(5);
    });
  });

  describe("network", () => {
    const portMappings = [
      { containerPort: 80, hostPort: 8080, name: "http" },
      { containerPort: 53, protocol: "udp" as const },
    ];

    it("maps fixed host ports in bridge mode only", () => {
      expect(containerOf({ portMappings }).ports).to.deep.equal([
        { containerPort: 80, protocol: "TCP", hostPort: 8080, name: "http" },
        { containerPort: 53, protocol: "UDP" },
      ]);
      const own = [{ containerPort: 80, hostPort: 80 }];
      expect(containerOf({ portMappings: own }, { networkMode: "awsvpc" }).ports).to.deep.equal([
        { containerPort: 80, protocol: "TCP" },
      ]);
    });

    it("uses the host's network, processes and IPC when asked", () => {
      expect(specOf({}, { networkMode: "host", pidMode: "host", ipcMode: "host" })).to.deep.include({
        hostNetwork: true,
        hostPID: true,
        hostIPC: true,
        dnsPolicy: "ClusterFirstWithHostNet",
      });
      expect(specOf({}, { pidMode: "task" }).shareProcessNamespace).to.equal(true);
    });

    it("resolves extra hosts and links", () => {
      const { hostAliases } = specOf({
        links: ["db:database"],
        extraHosts: [{ hostname: "x", ipAddress: "10.0.0.1" }],
      });
      expect(hostAliases).to.deep.equal([
        { ip: "127.0.0.1", hostnames: ["db", "database"] },
        { ip: "10.0.0.1", hostnames: ["x"] },
      ]);
    });

    it("takes name servers and search domains", () => {
      expect(specOf({ dnsServers: ["1.1.1.1"], dnsSearchDomains: ["a.b"] })).to.deep.include({
        dnsPolicy: "None",
        dnsConfig: { nameservers: ["1.1.1.1"], searches: ["a.b"] },
      });
    });
  });

  it("mounts host paths, empty volumes, volumes of other containers, and memory", () => {
    const { spec } = podOf(
      [
        {
          name: "a",
          image: "i",
          mountPoints: [
            { sourceVolume: "Data", containerPath: "/data", readOnly: true },
            { sourceVolume: "tmp", containerPath: "/tmp" },
          ],
          linuxParameters: { sharedMemorySize: 64, tmpfs: [{ containerPath: "/run", size: 8 }] },
        },
        { name: "b", image: "i", volumesFrom: [{ sourceContainer: "a", readOnly: true }] },
      ],
      { volumes: [{ name: "Data", host: { sourcePath: "/srv" } }, { name: "tmp" }] },
    );
    const data = spec.volumes?.[0]?.name ?? "";
    expect(spec.volumes).to.deep.equal([
      { name: data, hostPath: { path: "/srv", type: "DirectoryOrCreate" } },
      { name: "tmp", emptyDir: {} },
      { name: "kecs-tmpfs-0-0", emptyDir: { medium: "Memory", sizeLimit: "8Mi" } },
      { name: "kecs-shm-0", emptyDir: { medium: "Memory", sizeLimit: "64Mi" } },
    ]);
    expect(spec.containers.map(({ volumeMounts }) => volumeMounts)).to.deep.equal([
      [
        { name: "kecs-tmpfs-0-0", mountPath: "/run" },
        { name: "kecs-shm-0", mountPath: "/dev/shm" },
        { name: data, mountPath: "/data", readOnly: true },
        { name: "tmp", mountPath: "/tmp" },
      ],
      [
        { name: data, mountPath: "/data", readOnly: true },
        { name: "tmp", mountPath: "/tmp", readOnly: true },
      ],
    ]);
  });

  it("runs as the user and with the privileges asked for", () => {
    const { securityContext } = containerOf({
      user: "1000:root",
      privileged: true,
      readonlyRootFilesystem: true,
      dockerSecurityOptions: ["no-new-privileges"],
      linuxParameters: { capabilities: { add: ["NET_ADMIN"], drop: ["ALL"] } },
    });
    expect(securityContext).to.deep.equal({
      runAsUser: 1000,
      runAsGroup: 0,
      privileged: true,
      readOnlyRootFilesystem: true,
      allowPrivilegeEscalation: false,
      capabilities: { add: ["NET_ADMIN"], drop: ["ALL"] },
    });
    expect(specOf({ systemControls: [{ namespace: "net.core.somaxconn", value: "1" }] }).securityContext).to.deep.equal(
      {
        sysctls: [{ name: "net.core.somaxconn", value: "1" }],
      },
    );
  });

  it("goes to the nodes that fit", () => {
    const spec = specOf(
      {},
      {
        runtimePlatform: { cpuArchitecture: "X86_64", operatingSystemFamily: "LINUX" },
        placementConstraints: [{ type: "memberOf", expression: "attribute:stack == prod" }],
      },
    );
    expect(spec.nodeSelector).to.deep.equal({ "kubernetes.io/arch": "amd64", "kubernetes.io/os": "linux" });
    expect(
      spec.affinity?.nodeAffinity?.requiredDuringSchedulingIgnoredDuringExecution?.nodeSelectorTerms,
    ).to.deep.equal([{ matchExpressions: [{ key: "attribute.kecs.io/stack", operator: "In", values: ["prod"] }] }]);
  });

  it("is labelled with its task or service, and with docker labels that mean nothing to Kubernetes", () => {
    const dockerLabels = { "com.example/team": "a", "kecs.io/task-arn": "evil", "not a key!": "x" };
    const { metadata } = podOf(
      [{ name: "a", image: "i", dockerLabels }],
      {},
      {
        task: { ...task, service: { name: "web", arn: "arn:svc", deploymentId: "123" } },
      },
    );
    expect(metadata.labels).to.include({ "kecs.io/service": "web", "kecs.io/deployment": "123" });
    expect(metadata.annotations).to.deep.equal({
      "com.example/team": "a",
      "kecs.io/cluster-arn": task.clusterArn,
      "kecs.io/task-definition-arn": task.taskDefinitionArn,
      "kecs.io/service-arn": "arn:svc",
    });
  });
});
