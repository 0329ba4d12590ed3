export function toBase64(bytes: Uint8Array): string {
  let text = "";
  // So many at a time as a call takes arguments.
  for (let i = 0; i < bytes.length; i += 8192) text += String.fromCharCode(...bytes.subarray(i, i + 8192));
  return btoa(text);
}
