/** A command whose quotes do not close. */
export class UnclosedQuote extends Error {
  constructor() {
    super("EOF found when expecting closing quote");
    this.name = "UnclosedQuote";
  }
}

/**
 * A command as program and arguments. ECS does not give it to a shell: its agent splits it at blanks, with quotes,
 * backslashes and comments as in a shell, and no more.
 * @throws UnclosedQuote
 * @see https://github.com/aws/amazon-ssm-agent/blob/mainline/agent/session/shell/shell_unix.go
 */
export function splitCommand(command: string): string[] {
  const words: string[] = [];
  // A blank, a comment, or the pieces of a word: bare, escaped, in double or in single quotes.
  const token = /\s+|#[^\n]*|(?:[^\s"'\\]+|\\[^]|"(?:[^"\\]|\\[^])*"|'[^']*')+/y;
  while (token.lastIndex < command.length) {
    const found = token.exec(command);
    if (found === null) throw new UnclosedQuote();
    const [text] = found;
    if (/^[^\s#]/.test(text)) words.push(unquote(text));
  }
  return words;
}

function unquote(word: string): string {
  return word.replaceAll(/\\([^])|"((?:[^"\\]|\\[^])*)"|'([^']*)'/g, (_, escaped, double, single) => {
    const parts = { escaped, double, single } as { escaped?: string; double?: string; single?: string };
    return parts.escaped ?? parts.single ?? (parts.double ?? "").replaceAll(/\\([^])/g, "$1");
  });
}
