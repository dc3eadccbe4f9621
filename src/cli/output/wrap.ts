/** How wide a line may be. */
export const COLUMNS = 80;

/** Breaks a text at its blanks; a word that is too long for a line is broken as well. */
export function wrap(text: string, width = COLUMNS): readonly string[] {
  const lines: string[] = [];
  let line = '';
  for (const word of text.split(' ').flatMap((one) => pieces(one, width))) {
    if (line !== '' && line.length + 1 + word.length > width) {
      lines.push(line);
      line = word;
    } else line = line === '' ? word : `${line} ${word}`;
  }
  return [...lines, line];
}

function pieces(word: string, width: number): readonly string[] {
  return word.length <= width ? [word] : (word.match(new RegExp(`.{1,${width}}`, 'gs')) ?? [word]);
}
