import { isUtf8 } from "node:buffer";
import { InputError } from "./input-error.ts";

/** A line in which letters would become marks of what could not be read, so that two words might become one. */
export class NotUtf8 extends InputError {
  constructor() {
    super("it is not UTF-8");
  }
}

/** What makes text of UTF-8 of what most such files are. */
export const TO_UTF8 = "Make it UTF-8: iconv -f WINDOWS-1252 -t UTF-8 FILE.";

/** @throws NotUtf8 */
export function decodeText(bytes: Uint8Array): string {
  if (!isUtf8(bytes)) throw new NotUtf8();
  return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length).toString();
}
