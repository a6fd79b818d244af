/** Serves the built page as a host with a strict Content-Security-Policy would. */
import { createServer } from "node:http";
import { readFile } from "node:fs/promises";
import { extname, join } from "node:path";

const TYPES = { ".html": "text/html; charset=utf-8", ".js": "text/javascript", ".css": "text/css", ".svg": "image/svg+xml", ".wasm": "application/wasm", ".txt": "text/plain; charset=utf-8" };
const POLICY = "default-src 'self'; script-src 'self' 'wasm-unsafe-eval'; media-src 'self' blob:; worker-src 'self'; base-uri 'none'; frame-ancestors 'none'";

export async function serve(folder) {
  const server = createServer(async (request, response) => {
    const name = new URL(request.url, "http://host").pathname.replace(/\/$/, "/index.html");
    try {
      if (!/^\/[\w-]+\.\w+$/.test(name)) throw new Error("not one of the page's files");
      const bytes = await readFile(join(folder, name));
      response.writeHead(200, { "content-type": TYPES[extname(name)] ?? "application/octet-stream", "content-security-policy": POLICY, "x-content-type-options": "nosniff" });
      response.end(bytes);
    } catch {
      response.writeHead(404).end();
    }
  });
  await new Promise((resolve) => server.listen(0, "127.0.0.1", resolve));
  return { url: `http://127.0.0.1:${server.address().port}/`, close: () => server.close() };
}
