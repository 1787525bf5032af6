/**
 * The access key id of a request signed with Signature Version 4, from the credential scope of its Authorization
 * header; undefined where there is none. It is not proof of who calls: signatures are not verified.
 * @see https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_sigv-create-signed-request.html
 */
export function accessKeyIdOf(authorization: string | undefined): string | undefined {
  return /^AWS4-[-A-Z0-9]+ (?:.*[ ,])?Credential=(\w{1,128})\//.exec(authorization ?? "")?.[1];
}
