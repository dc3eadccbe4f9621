import type { CommandHelp, Flag } from './command-help.ts';
import { COMMANDS } from './commands.ts';

export type Shell = 'bash' | 'zsh' | 'fish';

/** A script for a shell, made from the list of commands: it never asks holdfast, so it is as fast as the shell. */
export function completionScript(shell: Shell): string {
  return { bash, zsh, fish }[shell]();
}

const COMMAND_NAMES = Object.keys(COMMANDS);

/** The values that a flag's help lists, if it lists them all: `audit|enforce|repair`. */
function choicesOf({ value }: Flag): readonly string[] {
  return /^[a-z]+(?:\|[a-z]+)+$/.test(value) ? value.split('|') : [];
}

function isFile({ value }: Flag): boolean {
  return value.startsWith('FILE');
}

function wordsOf({ flags, positional }: CommandHelp): readonly string[] {
  const shells = positional === 'bash|zsh|fish' ? positional.split('|') : [];
  return [...flags.map(({ name }) => `--${name}`), '--help', ...shells];
}

function bash(): string {
  const values = Object.values(COMMANDS).flatMap(({ name, flags }) =>
    flags
      .filter((flag) => flag.value !== '')
      .map((flag) => {
        const spelled = [`--${flag.name}`, ...(flag.letter === undefined ? [] : [`-${flag.letter}`])];
        const patterns = spelled.map((one) => `"${name} ${one}"`).join('|');
        const offer = isFile(flag) ? '-f' : `-W "${choicesOf(flag).join(' ')}"`;
        return `    ${patterns}) COMPREPLY=($(compgen ${offer} -- "$cur")); return ;;`;
      }),
  );
  const words = Object.values(COMMANDS).map(
    (command) => `    ${command.name}) words="${wordsOf(command).join(' ')}" ;;`,
  );
  return `# bash completion for holdfast; source it, or put it into /etc/bash_completion.d
_holdfast() {
  local cur="\${COMP_WORDS[COMP_CWORD]}" prev="\${COMP_WORDS[COMP_CWORD-1]}" command="\${COMP_WORDS[1]}" words=""
  COMPREPLY=()
  if [ "$COMP_CWORD" -eq 1 ]; then
    COMPREPLY=($(compgen -W "${COMMAND_NAMES.join(' ')} help --help --version" -- "$cur"))
    return
  fi
  case "$command $prev" in
${values.join('\n')}
  esac
  case "$command" in
    help) words="${COMMAND_NAMES.join(' ')}" ;;
${words.join('\n')}
  esac
  COMPREPLY=($(compgen -W "$words" -- "$cur"))
}
complete -F _holdfast holdfast kubectl-holdfast
`;
}

function zsh(): string {
  const commands = Object.values(COMMANDS).map(({ name, summary }) => `    '${name}:${quoted(summary)}'`);
  const flags = Object.values(COMMANDS).map(({ name, flags: all, positional }) => {
    const specs = all.map((flag) => `'${flag.repeatable ? '*' : ''}--${flag.name}${zshValue(flag)}'`);
    const rest = positional === 'bash|zsh|fish' ? ["'1:shell:(bash zsh fish)'"] : ["'*:argument:_files'"];
    return `    ${name}) _arguments '--help[help]' ${[...specs, ...rest].join(' ')} ;;`;
  });
  return `#compdef holdfast
# zsh completion for holdfast; put it as _holdfast into a folder of $fpath
_holdfast() {
  local -a commands
  commands=(
${commands.join('\n')}
  )
  if (( CURRENT == 2 )); then
    _describe command commands
    return
  fi
  local command="\${words[2]}"
  shift words
  (( CURRENT-- ))
  case "$command" in
${flags.join('\n')}
  esac
}
compdef _holdfast holdfast
`;
}

function zshValue(flag: Flag): string {
  const about = `[${quoted(flag.about).replaceAll(/[[\]:]/g, ' ')}]`;
  if (flag.value === '') return about;
  const choices = choicesOf(flag);
  const offer = isFile(flag) ? '_files' : choices.length > 0 ? `(${choices.join(' ')})` : ' ';
  return `${about}:${flag.name}:${offer}`;
}

function fish(): string {
  const none = `not __fish_seen_subcommand_from ${COMMAND_NAMES.join(' ')}`;
  const commands = Object.values(COMMANDS).map(
    ({ name, summary }) => `complete -c holdfast -f -n '${none}' -a ${name} -d '${quoted(summary)}'`,
  );
  const flags = Object.values(COMMANDS).flatMap(({ name, flags: all, positional }) => [
    ...all.map((flag) => {
      const letter = flag.letter === undefined ? '' : ` -s ${flag.letter}`;
      const choices = choicesOf(flag);
      const offer = choices.length > 0 ? ` -a '${choices.join(' ')}'` : '';
      const needs = flag.value === '' ? '' : isFile(flag) ? ' -r -F' : ` -x${offer}`;
      const about = `-d '${quoted(flag.about)}'`;
      return `complete -c holdfast -n '__fish_seen_subcommand_from ${name}' -l ${flag.name}${letter}${needs} ${about}`;
    }),
    ...(positional === 'bash|zsh|fish'
      ? [`complete -c holdfast -f -n '__fish_seen_subcommand_from ${name}' -a 'bash zsh fish'`]
      : []),
  ]);
  return `# fish completion for holdfast; put it into ~/.config/fish/completions/holdfast.fish\n${[...commands, ...flags].join('\n')}\n`;
}

/** Within single quotes of a shell. */
function quoted(text: string): string {
  return text.replaceAll("'", '’');
}
