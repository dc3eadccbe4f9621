import { isObject, type JsonObject } from './json.ts';

/** A list that was read whole. */
export interface ReadList<T> {
  /** What was made of each item. */
  readonly items: readonly T[];
  /** The list without its items. */
  readonly envelope: JsonObject;
}

const [QUOTE, BACKSLASH] = [0x22, 0x5c];
const [OPEN_BRACE, CLOSE_BRACE, OPEN_BRACKET, CLOSE_BRACKET] = [0x7b, 0x7d, 0x5b, 0x5d];
const ITEMS_KEY = /"items"\s*:\s*$/;
/** Depth of what stands in the list itself, and of what stands in its array of items. */
const [IN_LIST, IN_ITEMS] = [1, 2];

/**
 * Reads the JSON of a Kubernetes List as it comes, and hands on one item after the other. Read whole, a page of Services
 * is several MB three times over (bytes, text, objects) of which nearly nothing is kept, and a replica would need most
 * memory in its first seconds. Items that are no objects are skipped; there are none in Kubernetes.
 */
export class ListReader<T> {
  readonly #take: (item: unknown) => T;
  readonly #items: T[] = [];
  /** Bytes outside of items, and those of an item that is not whole yet. */
  readonly #outside: Buffer[] = [];
  #inside: Buffer[] = [];
  #depth = 0;
  #inItems = false;
  #inText = false;
  #escaped = false;

  /** @param take is handed each item, and must not keep it whole */
  constructor(take: (item: unknown) => T) {
    this.#take = take;
  }

  /** @throws SyntaxError when an item is not JSON */
  write(chunk: Buffer): void {
    /** Where the bytes begin that have not been looked after yet. */
    let from = 0;
    let [depth, inText, escaped] = [this.#depth, this.#inText, this.#escaped];
    for (let i = 0; i < chunk.length; i += 1) {
      const byte = chunk[i];
      if (inText) {
        if (escaped) escaped = false;
        else if (byte === BACKSLASH) escaped = true;
        else if (byte === QUOTE) inText = false;
      } else if (byte === QUOTE) inText = true;
      else if (byte === OPEN_BRACE || byte === OPEN_BRACKET) {
        if (byte === OPEN_BRACKET && depth === IN_LIST && this.#beginsItems(chunk.subarray(from, i + 1))) from = i + 1;
        else if (this.#inItems && depth === IN_ITEMS) from = i;
        depth += 1;
      } else if (byte === CLOSE_BRACE || byte === CLOSE_BRACKET) {
        depth -= 1;
        if (!this.#inItems) continue;
        if (depth === IN_ITEMS) this.#endItem(chunk.subarray(from, i + 1));
        if (depth === IN_LIST) this.#inItems = false;
        if (depth <= IN_ITEMS) from = depth === IN_ITEMS ? i + 1 : i;
      }
    }
    [this.#depth, this.#inText, this.#escaped] = [depth, inText, escaped];
    if (!this.#inItems) this.#outside.push(chunk.subarray(from));
    else if (depth > IN_ITEMS) this.#inside.push(chunk.subarray(from));
  }

  /** The whole body has been written. @throws SyntaxError when it is not JSON, or breaks off */
  end(): ReadList<T> {
    const envelope: unknown = JSON.parse(Buffer.concat(this.#outside).toString('utf8'));
    return { items: this.#items, envelope: isObject(envelope) ? envelope : {} };
  }

  /** @param bytes up to and with the `[`. @returns whether the items follow */
  #beginsItems(bytes: Buffer): boolean {
    const before = Buffer.concat([...this.#outside, bytes.subarray(0, -1)]);
    this.#inItems = ITEMS_KEY.test(before.toString('latin1'));
    if (this.#inItems) this.#outside.push(bytes);
    return this.#inItems;
  }

  #endItem(bytes: Buffer): void {
    const whole = this.#inside.length === 0 ? bytes : Buffer.concat([...this.#inside, bytes]);
    this.#inside = [];
    this.#items.push(this.#take(JSON.parse(whole.toString('utf8'))));
  }
}
