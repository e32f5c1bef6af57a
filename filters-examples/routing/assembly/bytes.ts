// Header values stay the bytes that the host gave: a client's bytes need not be text.

export function equal(a: ArrayBuffer, b: ArrayBuffer): bool {
  return a.byteLength == b.byteLength && startsWith(a, b);
}

export function startsWith(text: ArrayBuffer, prefix: ArrayBuffer): bool {
  return (
    text.byteLength >= prefix.byteLength &&
    memory.compare(changetype<usize>(text), changetype<usize>(prefix), prefix.byteLength) == 0
  );
}

/** `text` with its first `size` bytes exchanged for `head`. */
export function withHead(text: ArrayBuffer, size: i32, head: ArrayBuffer): ArrayBuffer {
  const rest = text.byteLength - size;
  const result = new ArrayBuffer(head.byteLength + rest);
  const start = changetype<usize>(result);
  memory.copy(start, changetype<usize>(head), head.byteLength);
  memory.copy(start + head.byteLength, changetype<usize>(text) + size, rest);
  return result;
}

/** The value of a cookie in a `cookie` header (RFC 6265, 5.4); null if it is not there. */
export function cookie(header: ArrayBuffer, name: ArrayBuffer): ArrayBuffer | null {
  const size = header.byteLength;
  let start = 0;
  while (start < size) {
    while (start < size && (byteAt(header, start) == 0x20 || byteAt(header, start) == 0x3b)) start++;
    let end = start;
    while (end < size && byteAt(header, end) != 0x3b) end++;
    const value = start + name.byteLength + 1;
    if (value <= end && byteAt(header, value - 1) == 0x3d && isAt(header, start, name)) {
      return header.slice(value, end);
    }
    start = end;
  }
  return null;
}

/** FNV-1a, then the finalizer of MurmurHash3 so that similar texts end far apart. The same everywhere and for ever. */
export function hash(seed: ArrayBuffer, text: ArrayBuffer): u32 {
  let result: u32 = 0x811c9dc5;
  for (let i = 0; i < seed.byteLength; i++) result = (result ^ byteAt(seed, i)) * 0x01000193;
  result *= 0x01000193; // a zero byte between the two
  for (let i = 0; i < text.byteLength; i++) result = (result ^ byteAt(text, i)) * 0x01000193;
  result = (result ^ (result >>> 16)) * 0x85ebca6b;
  result = (result ^ (result >>> 13)) * 0xc2b2ae35;
  return result ^ (result >>> 16);
}

function byteAt(text: ArrayBuffer, at: i32): u8 {
  return load<u8>(changetype<usize>(text) + at);
}

function isAt(text: ArrayBuffer, at: i32, part: ArrayBuffer): bool {
  return memory.compare(changetype<usize>(text) + at, changetype<usize>(part), part.byteLength) == 0;
}
