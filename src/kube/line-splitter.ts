const NEWLINE = 0x0a;

/** No object of an API server comes near this (etcd's limit is 1.5 MiB); more is not a watch, and would eat the memory. */
const MAX_LINE_BYTES = 64 * 1024 * 1024;

/**
 * Cuts a byte stream into lines. It works on bytes, so a character split over two chunks is whole again, and a line of
 * many chunks is joined once. Bytes after the last newline are dropped: they are half an object.
 * @throws when a line exceeds `maxBytes`
 */
export async function* splitLines(chunks: AsyncIterable<Buffer>, maxBytes = MAX_LINE_BYTES): AsyncGenerator<string[]> {
  let rest: Buffer[] = [];
  let restBytes = 0;
  for await (const chunk of chunks) {
    const last = chunk.lastIndexOf(NEWLINE);
    if (last >= 0) {
      yield linesOf(Buffer.concat([...rest, chunk.subarray(0, last)]));
      rest = [];
      restBytes = 0;
    }
    const tail = chunk.subarray(last + 1);
    if (tail.length > 0) rest.push(tail);
    restBytes += tail.length;
    if (restBytes > maxBytes) throw new Error(`a line of the stream is longer than ${maxBytes} bytes`);
  }
}

function linesOf(bytes: Buffer): string[] {
  return bytes
    .toString('utf8')
    .split('\n')
    .filter((line) => line.trim() !== '');
}
