import { COMMANDS } from './commands.ts';

/** How holdfast was called: this goes into every text that shows a command line. */
export type Program = 'holdfast' | 'kubectl holdfast';

const CALL = new RegExp(`\\bholdfast (?=COMMAND|help|--help|--version|${Object.keys(COMMANDS).join('|')})`, 'g');

/** The text with command lines as the user has to write them. */
export function asCalled(text: string, program: Program): string {
  return program === 'holdfast' ? text : text.replaceAll(CALL, `${program} `);
}
