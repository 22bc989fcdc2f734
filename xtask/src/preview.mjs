// Serves the built page as `vite preview` does, and prints its address. Runs in www/.
import { preview } from "vite";

const server = await preview({
  logLevel: "warn",
  preview: { host: "127.0.0.1", port: Number(process.argv[1]), strictPort: true, open: false },
});
console.log(`http://127.0.0.1:${server.httpServer.address().port}/`);
// The pipe ends with the process that holds its other end, however that process ends.
process.stdin.on("end", () => process.exit()).resume();
