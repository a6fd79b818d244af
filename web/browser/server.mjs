/** The built page as `genrenet serve` serves it. */
import { spawn } from "node:child_process";
import { createInterface } from "node:readline";

export async function serve(program, folder) {
  const service = spawn(program, ["serve", "--listen", "127.0.0.1:0", "--page", folder], { stdio: ["ignore", "ignore", "pipe"] });
  const log = createInterface({ input: service.stderr });
  const address = await new Promise((resolve, reject) => {
    // Its first line names the address, or a fault.
    log.once("line", (line) => (line.startsWith("{") ? resolve(JSON.parse(line).address) : reject(new Error(line))));
    service.once("error", reject);
  });
  return { url: `http://${address}/`, close: () => service.kill() };
}
