import { dottedName } from "./dotted-name.ts";

/** A key of a Kubernetes Secret in the task's namespace. */
export interface SecretKey {
  readonly secretName: string;
  readonly key: string;
}

/** Key of a Secret that holds a parameter or a secret as a whole. */
export const WHOLE_VALUE_KEY = "value";

/**
 * Where the value of an ECS `valueFrom` is kept. Values never pass through the ECS resources: whoever runs the
 * cluster puts them into Secrets beside the tasks.
 *
 * | valueFrom | Secret | key |
 * | --- | --- | --- |
 * | `/prod/db/password`, or the ARN of that SSM parameter | `ssm.prod.db.password` | `value` |
 * | `arn:aws:secretsmanager:…:secret:prod/db-AbCdEf` | `secretsmanager.prod.db` | `value` |
 * | `arn:aws:secretsmanager:…:secret:prod/db-AbCdEf:password::` | `secretsmanager.prod.db` | `password` |
 *
 * The six random characters that Secrets Manager puts behind a name are left out. A name that is no DNS name in
 * this form (capitals, `_`, `.` …) is lower-cased and gets a hash of the whole behind it.
 * @returns undefined where it is none of them, or asks for another version than the current one.
 * @see https://docs.aws.amazon.com/AmazonECS/latest/developerguide/secrets-envvar-secrets-manager.html
 */
export function secretKeyOf(valueFrom: string): SecretKey | undefined {
  const parameter = /^arn:aws[-a-z]*:ssm:[-a-z0-9]*:\d*:parameter\/(.+)$/.exec(valueFrom)?.[1];
  if (parameter !== undefined) return { secretName: dottedName("ssm", parameter), key: WHOLE_VALUE_KEY };
  const secret = /^arn:aws[-a-z]*:secretsmanager:[-a-z0-9]*:\d*:secret:(.+)$/.exec(valueFrom)?.[1];
  if (secret !== undefined) return secretsManagerKey(secret);
  if (valueFrom.includes(":") || !/^[-./\w]+$/.test(valueFrom)) return undefined;
  return { secretName: dottedName("ssm", valueFrom), key: WHOLE_VALUE_KEY };
}

/**
 * Name of the Secret that holds the variables of an environment file, one key a variable, as
 * `kubectl create secret generic <name> --from-env-file=<file>` makes it: `arn:aws:s3:::conf/prod/app.env` is `s3.conf.prod.app`.
 * @returns undefined where it is no ARN of an object in S3 whose name ends in `.env`, as ECS wants it.
 * @see https://docs.aws.amazon.com/AmazonECS/latest/developerguide/use-environment-file.html
 */
export function environmentFileSecretOf(value: string): string | undefined {
  const object = /^arn:aws[-a-z]*:s3:::([-.a-z0-9]{3,63}\/.+)\.env$/.exec(value)?.[1];
  return object === undefined ? undefined : dottedName("s3", object);
}

/** Key of the Secret that holds a log router's configuration file. */
export const ROUTER_CONFIG_KEY = "external.conf";

/**
 * Name of the Secret that holds a log router's configuration file in S3, under the key {@link ROUTER_CONFIG_KEY}:
 * `arn:aws:s3:::conf/prod/router.conf` is `s3.conf.prod.router`.
 * @returns undefined where it is no ARN of an object in S3.
 * @see https://docs.aws.amazon.com/AmazonECS/latest/developerguide/firelens-taskdef-customconfig.html
 */
export function routerConfigSecretOf(value: string): string | undefined {
  const object = /^arn:aws[-a-z]*:s3:::([-.a-z0-9]{3,63}\/.+)$/.exec(value)?.[1];
  return object === undefined ? undefined : dottedName("s3", object.replace(/\.conf$/, ""));
}

/** `<name>-<6 random>[:json key:version stage:version id]` */
function secretsManagerKey(resource: string): SecretKey | undefined {
  const [name = "", jsonKey = "", stage = "", versionId = ""] = resource.split(":");
  if (versionId !== "" || (stage !== "" && stage !== "AWSCURRENT")) return undefined;
  if (jsonKey !== "" && !/^[-._a-zA-Z0-9]+$/.test(jsonKey)) return undefined;
  const withoutSuffix = name.replace(/-[A-Za-z0-9]{6}$/, "");
  return { secretName: dottedName("secretsmanager", withoutSuffix), key: jsonKey || WHOLE_VALUE_KEY };
}
