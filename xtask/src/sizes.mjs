// Prints the size of each wasm, script and style of a built page: as it is, and compressed.
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { brotliCompressSync, constants, gzipSync } from "node:zlib";

const folder = process.argv[1];
const kilobytes = (bytes) => `${Math.ceil(bytes / 1000).toLocaleString("en")} kB`.padStart(10);

for (const name of readdirSync(folder, { recursive: true }).sort()) {
  if (!/\.(wasm|js|css|html)$/.test(name)) continue;
  const bytes = readFileSync(join(folder, name));
  const brotli = brotliCompressSync(bytes, {
    // Quality 9 takes seconds; the last percent, at 11, a minute.
    params: { [constants.BROTLI_PARAM_QUALITY]: 9, [constants.BROTLI_PARAM_LGWIN]: 24 },
  });
  const sizes = [bytes.length, gzipSync(bytes, { level: 9 }).length, brotli.length];
  console.log(`  raw${kilobytes(sizes[0])}  gzip${kilobytes(sizes[1])}  brotli${kilobytes(sizes[2])}  ${name}`);
}
