import { dottedName } from "./dotted-name.ts";

/** Keys of the Secret that holds a role's credentials, named as the variables that AWS's tools know. */
export const CREDENTIAL_KEYS = {
  accessKeyId: "AWS_ACCESS_KEY_ID",
  secretAccessKey: "AWS_SECRET_ACCESS_KEY",
  sessionToken: "AWS_SESSION_TOKEN",
  /** RFC 3339. */
  expiration: "AWS_CREDENTIAL_EXPIRATION",
} as const;

/**
 * Name of the Secret, beside the task, with the credentials of a role: `arn:aws:iam::123456789012:role/app/worker` is
 * `iam-role.app.worker`. A name that is no DNS name in this form is lower-cased and gets a hash behind it.
 */
export function roleSecretName(roleArn: string): string {
  return dottedName("iam-role", /^arn:[^:]*:iam:[^:]*:[^:]*:role\/(.+)$/.exec(roleArn)?.[1] ?? roleArn);
}
