/** What takes minutes: an hour of sound, and times beside the program's. */
import { basename, join } from "node:path";

const ROUNDS = 9;

export async function longSongs({ step, choose, done, explained, compare, program, demo, songs, long, nativeSeconds }) {
  const hour = long(demo, 3600, join(songs, "hour.mp3"), ["-b:a", "192k"]);
  const four = long(demo, 240, join(songs, "four-minutes.mp3"), ["-b:a", "192k"]);
  if (!hour || !four) {
    console.log("   an hour of sound, times: not run, as ffmpeg is not installed");
    return;
  }

  await step("an hour", async (page) => {
    const began = performance.now();
    await choose(page, [hour]);
    await done(page);
    const named = performance.now() - began;
    await explained(page);
    const all = performance.now() - began;
    await choose(page, demo.slice(0, 1));
    await done(page);
    await compare(page, [hour, demo[0]]);
    return `named after ${(named / 1000).toFixed(2)} s, with spectrogram and what decided after ${(all / 1000).toFixed(1)} s; as the program says`;
  });

  await step("four minutes, from choosing to the answer", async (page) => {
    await page.waitForLoadState("networkidle");
    const began = performance.now();
    await choose(page, [four]);
    await done(page);
    const named = performance.now() - began;
    await explained(page);
    const all = performance.now() - began;
    return `${(named / 1000).toFixed(2)} s with a cold module; ${(all / 1000).toFixed(1)} s with spectrogram and what decided`;
  });

  await step("four minutes, beside the program", async (page) => {
    // In turns, so that both meet the same load.
    await page.evaluate(async () => {
      const { Pool } = await import("./pool.js");
      const module = fetch("genrenet.wasm").then(async (wasm) => WebAssembly.compile(await wasm.arrayBuffer()));
      globalThis.pool = new Pool(module);
      globalThis.pool.size = 1;
      document.body.append(Object.assign(document.createElement("input"), { type: "file", id: "timed" }));
    });
    await page.setInputFiles("#timed", four);
    const inPage = () => page.evaluate(async () => {
      const file = document.getElementById("timed").files[0];
      const { milliseconds } = await globalThis.pool.run({ work: "classify", file, path: file.name });
      return milliseconds / 1000;
    });
    for (let warm = 0; warm < 3; warm++) await inPage();
    const [browser, native] = [[], []];
    for (let round = 0; round < ROUNDS; round++) {
      browser.push(await inPage());
      native.push(nativeSeconds(program, four, 10));
    }
    const median = (all) => [...all].sort((a, b) => a - b)[all.length >> 1];
    const ms = (seconds) => `${(1000 * seconds).toFixed(0)} ms`;
    return `${basename(four)}: ${ms(median(browser))} in Chromium, ${ms(median(native))} by one native thread, ratio ${(median(browser) / median(native)).toFixed(1)} (medians of ${ROUNDS}, in turns)`;
  });
}
