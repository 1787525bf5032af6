import type { IncomingMessage } from "node:http";
import { EcsError } from "#lib/errors.ts";

/** Largest request body, in bytes. */
export const BODY_LIMIT = 1024 * 1024;
/** How much of a body that is too large is read and thrown away, so that its sender gets to read the answer. */
const DISCARD_LIMIT = 16 * BODY_LIMIT;
/** Deepest nesting of lists and structures; the ECS API's own inputs need less than ten. */
const NESTING_LIMIT = 64;

/**
 * Reads a request's body as JSON; an empty one is an empty input.
 * @throws EcsError `RequestEntityTooLargeException` (HTTP 413) above {@link BODY_LIMIT}, else `SerializationException`.
 */
export async function readJson(request: IncomingMessage): Promise<unknown> {
  const bytes = await readBytes(request);
  if (bytes.length === 0) return {};
  const text = textOf(bytes);
  if (isNestedDeeper(text, NESTING_LIMIT)) {
    throw new EcsError("SerializationException", `The request body nests deeper than ${NESTING_LIMIT} levels.`);
  }
  try {
    return JSON.parse(text);
  } catch (error) {
    // The parser's own message may repeat a piece of the body, which may be a secret: it stays out of the answer.
    throw new EcsError("SerializationException", "The request body is not valid JSON.", { cause: error });
  }
}

/**
 * Reads a request's body as text.
 * @throws EcsError as {@link readJson} does for what is too large or not UTF-8.
 */
export async function readText(request: IncomingMessage): Promise<string> {
  return textOf(await readBytes(request));
}

const utf8 = new TextDecoder("utf-8", { fatal: true });

function textOf(bytes: Buffer): string {
  try {
    return utf8.decode(bytes);
  } catch (error) {
    throw new EcsError("SerializationException", "The request body is not UTF-8.", { cause: error });
  }
}

/** By its events: an iterator of the request would take as long as all the rest of a read. */
function readBytes(request: IncomingMessage): Promise<Buffer> {
  return new Promise((resolve, reject) => {
    const chunks: Buffer[] = [];
    let size = 0;
    const finish = (): void => {
      if (size <= BODY_LIMIT) resolve(chunks.length === 1 && chunks[0] ? chunks[0] : Buffer.concat(chunks));
      else reject(tooLarge());
    };
    const take = (chunk: Buffer): void => {
      size += chunk.length;
      if (size <= BODY_LIMIT) chunks.push(chunk);
      else chunks.length = 0;
      if (size <= DISCARD_LIMIT) return;
      request.off("data", take).pause();
      finish();
    };
    const lost = (): void => reject(new Error("The connection was closed before the whole body had come."));
    request.on("data", take).once("end", finish).once("error", reject).once("close", lost);
  });
}

function tooLarge(): EcsError {
  const message = `The request body is larger than ${BODY_LIMIT} bytes.`;
  return new EcsError("RequestEntityTooLargeException", message, { status: 413 });
}

/** Whether brackets outside of strings nest deeper than `limit`: such text would exhaust the stack of recursive code. */
export function isNestedDeeper(text: string, limit: number): boolean {
  let depth = 0;
  let inString = false;
  for (let index = 0; index < text.length; index++) {
    const character = text[index];
    if (inString) {
      if (character === "\\") index++;
      else if (character === '"') inString = false;
    } else if (character === '"') inString = true;
    else if (character === "{" || character === "[") {
      depth++;
      if (depth > limit) return true;
    } else if (character === "}" || character === "]") depth--;
  }
  return false;
}
