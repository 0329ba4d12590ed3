/** 128 random bits as hexadecimal digits. crypto.randomUUID exists in secure contexts only. */
export const randomId = (bytes = 16): string =>
  Array.from(crypto.getRandomValues(new Uint8Array(bytes)), (byte) => byte.toString(16).padStart(2, "0")).join("");
