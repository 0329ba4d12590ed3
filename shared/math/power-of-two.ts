const number = new DataView(new ArrayBuffer(8));

/** 2^n for whole n from -1022 to 1023: exact (`**` need not be the same on every engine). */
export function powerOfTwo(n: number): number {
  // The exponent of a 64-bit number, whose other bits stay 0.
  number.setInt32(0, (n + 1023) << 20);
  return number.getFloat64(0);
}
