import { createServer } from "node:http"; import { readFileSync, readdirSync } from "node:fs"; import sirv from "sirv";
const DIST="/work/h-p2/www/dist"; const files = sirv(DIST, { dev: true });
const list = JSON.parse(readFileSync("/tmp/p2/cores.json")); list.coming = []; 
createServer((q, s) => { s.setHeader("Cache-Control","no-store"); s.setHeader("Cross-Origin-Opener-Policy","same-origin"); s.setHeader("Cross-Origin-Embedder-Policy","require-corp");
 if (q.url.includes("/cores.json")) { s.setHeader("Content-Type","application/json"); return s.end(JSON.stringify(list)); }
 files(q, s, () => s.writeHead(404).end()); }).listen(8462, "127.0.0.1");
