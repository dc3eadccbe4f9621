import { COMMANDS } from './commands.ts';
import { commandHelp, mainHelp } from './help.ts';

/** The command reference (docs/cli.md), made from the same texts as `--help`. */
export function commandReference(): string {
  const commands = Object.values(COMMANDS).map((command) => section(command.name, commandHelp(command)));
  return `${[HEAD, section('holdfast', mainHelp()), ...commands].join('\n')}`;
}

const HEAD = `# Command reference

Made by \`npm run docs:cli\` from the texts of \`--help\`; a test holds the two together. Also as \`kubectl holdfast\`, when
\`kubectl-holdfast\` is on the PATH.

Exit codes: 0 ok, 1 error, 2 cluster unreachable, 3 findings, 4 usage (nothing was done). \`--output json\` and \`yaml\` are
for scripts: fields are added, never renamed. Colours and progress are for terminals only; \`NO_COLOR\` turns colours off.
`;

function section(title: string, text: string): string {
  return `## ${title}\n\n\`\`\`text\n${text.trimEnd()}\n\`\`\`\n`;
}
