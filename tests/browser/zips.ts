// Zips made by the tests: as they should be, and as they should not.
import { crc32, deflateRawSync } from "node:zlib";

/** A file in a zip. */
export type Packed = {
  name: string;
  contents: Buffer;
  /** Whether it claims to have a password. */
  locked?: boolean;
  /** Whether its checksum is wrong. */
  damaged?: boolean;
};

/** The bytes of a zip: deflated, with names in UTF-8. */
export function zip(files: Packed[]): Buffer {
  const parts: Buffer[] = [];
  const list: Buffer[] = [];
  let at = 0;
  for (const { name, contents, locked, damaged } of files) {
    const path = Buffer.from(name);
    const packed = deflateRawSync(contents);
    const fields = Buffer.alloc(26);
    fields.writeUInt16LE(20, 0);
    fields.writeUInt16LE(0x800 | (locked ? 1 : 0), 2);
    fields.writeUInt16LE(8, 4);
    fields.writeUInt32LE((crc32(contents) ^ (damaged ? 1 : 0)) >>> 0, 10);
    fields.writeUInt32LE(packed.length, 14);
    fields.writeUInt32LE(contents.length, 18);
    fields.writeUInt16LE(path.length, 22);
    parts.push(Buffer.from("PK\x03\x04"), fields, path, packed);
    const rest = Buffer.alloc(14);
    rest.writeUInt32LE(at, 10);
    list.push(Buffer.from("PK\x01\x02\x14\0"), fields, rest, path);
    at += 4 + fields.length + path.length + packed.length;
  }
  const directory = Buffer.concat(list);
  const end = Buffer.alloc(22);
  end.write("PK\x05\x06");
  end.writeUInt16LE(files.length, 8);
  end.writeUInt16LE(files.length, 10);
  end.writeUInt32LE(directory.length, 12);
  end.writeUInt32LE(at, 16);
  return Buffer.concat([...parts, directory, end]);
}
