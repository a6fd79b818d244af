/**
 * Uses the page as a person does: node drive.mjs ROOT PROGRAM CHROMIUM [--quick]. Screenshots are left in the working folder.
 */
import { cpSync, existsSync, mkdirSync, readFileSync, readdirSync, rmSync } from "node:fs";
import { createRequire } from "node:module";
import { basename, join } from "node:path";
import { brotliCompressSync, constants, gzipSync } from "node:zlib";

import { chromium } from "playwright-core";
import { serve } from "./server.mjs";
import { answers, broken, difference, encoded, long, nativeSeconds, recordings } from "./songs.mjs";

const [root, program, browserPath, how] = process.argv.slice(2);
const quick = how === "--quick";
const axe = readFileSync(createRequire(import.meta.url).resolve("axe-core/axe.min.js"), "utf8");
const ALLOWED = 1e-3;
const { formats, refused, demo } = recordings(root);
const songs = "songs";

const site = await serve(program, join(root, "target/web"));
const flags = ["--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking", "--disable-component-update", "--disable-sync", "--autoplay-policy=no-user-gesture-required"];
const browser = await chromium.launch({ executablePath: browserPath, headless: true, args: flags });
const faults = [];

/** One thing that a person does; a fault of it does not stop the others. */
async function step(name, act, options = {}) {
  const context = await browser.newContext({ viewport: { width: 1280, height: 900 }, colorScheme: "light", acceptDownloads: true, bypassCSP: options.axe, ...options });
  const page = await context.newPage();
  const said = [];
  page.on("console", (message) => message.type() === "error" && said.push(message.text()));
  page.on("pageerror", (error) => said.push(String(error)));
  page.on("request", (request) => {
    const local = request.url().startsWith(site.url) || /^(blob|data):/.test(request.url());
    if (!local || request.method() !== "GET" || request.postData()) said.push(`the page asked for ${request.method()} ${request.url()}`);
  });
  page.setDefaultTimeout(120_000);
  const began = performance.now();
  try {
    await page.goto(site.url);
    const words = await act(page);
    if (said.length > 0) throw new Error(`the browser says: ${said.join("; ")}`);
    console.log(`   ${name}: ${words ?? "as expected"} (${((performance.now() - began) / 1000).toFixed(1)} s)`);
  } catch (fault) {
    faults.push(name);
    console.log(`   ${name}: FAILED: ${fault.message}`);
    await page.screenshot({ path: `failed-${name.replace(/\W+/g, "-")}.png`, fullPage: true }).catch(() => {});
  }
  await context.close();
}

function expect(holds, words) {
  if (!holds) throw new Error(words);
}

const choose = (page, files) => page.setInputFiles("#files", files);
const done = (page) => page.waitForSelector('body[data-state="done"]', { timeout: 600_000 });
const explained = (page) => page.waitForSelector("#decided:not([hidden])", { timeout: 300_000 });
const text = (page, id) => page.textContent(`#${id}`);

/** What axe finds, at the page's present state. */
async function findings(page) {
  await page.addScriptTag({ content: axe });
  const found = await page.evaluate(() => globalThis.axe.run());
  return found.violations.map(({ id, nodes }) => `${id}: ${nodes.map((node) => node.target.join(" ")).join(", ")}`);
}

/** Nothing is wider than the window. */
async function fits(page) {
  const wide = await page.evaluate(() => document.documentElement.scrollWidth - innerWidth);
  expect(wide <= 0, `the page is ${wide} pixels wider than its window`);
}

async function downloaded(page, button) {
  const [download] = await Promise.all([page.waitForEvent("download"), page.click(`#${button}`)]);
  return readFileSync(await download.path(), "utf8");
}

/** The answers of the page's table, as it is downloaded. */
async function table(page) {
  const lines = (await downloaded(page, "csv")).trim().split("\n");
  const fields = (line) => [...line.matchAll(/("(?:[^"]|"")*"|[^,]*)(?:,|$)/g)].map(([, field]) => (field.startsWith('"') ? field.slice(1, -1).replaceAll('""', '"') : field)).slice(0, heads?.length);
  let heads;
  heads = fields(lines[0]).filter((head, at, all) => at < all.length - 1 || head !== "");
  const model = await page.evaluate(() => document.getElementById("model").textContent);
  const count = Number(model.match(/(\d+) genres/)[1]);
  const answer = (line) => {
    const values = fields(line);
    const [path, seconds, unsure] = values;
    const error = values[heads.length - 1];
    if (error) return [basename(path), { error }];
    const pairs = heads.map((head, at) => [head, Number(values[at])]);
    return [basename(path), {
      seconds: Number(seconds), unsure: unsure === "true", no_music: values[heads.length - 2] === "true",
      genres: pairs.slice(4, 4 + count).map(([genre, probability]) => ({ genre, probability })),
      attributes: pairs.slice(4 + count, -2).map(([attribute, probability]) => ({ attribute, probability })),
    }];
  };
  return new Map(lines.slice(1).map(answer));
}

/** Compares the page's table with the program. */
async function compare(page, files) {
  const [found, expected] = [await table(page), answers(program, files)];
  let most = 0;
  for (const file of files) {
    const name = basename(file);
    const [ours, its] = [found.get(name), expected.get(name)];
    const apart = difference(ours, its);
    expect(apart <= ALLOWED, `${name}: expected ${JSON.stringify(its)}; found ${JSON.stringify(ours)}`);
    most = Math.max(most, apart);
  }
  const failed = files.filter((file) => expected.get(basename(file)).error).length;
  return `${files.length} files (${failed} refused with the program's words), probabilities within ${most.toExponential(1)}`;
}

function sizes() {
  const folder = join(root, "target/web");
  const rows = readdirSync(folder).map((name) => {
    const bytes = readFileSync(join(folder, name));
    const brotli = brotliCompressSync(bytes, { params: { [constants.BROTLI_PARAM_QUALITY]: quick ? 5 : 11 } });
    return [name, bytes.length, gzipSync(bytes, { level: 9 }).length, brotli.length];
  });
  const all = [1, 2, 3].map((at) => rows.reduce((sum, row) => sum + row[at], 0));
  const mb = (bytes) => `${(bytes / 1e6).toFixed(2)} MB`;
  const module = rows.find(([name]) => name.endsWith(".wasm"));
  console.log(`   size: ${mb(all[0])}; gzip ${mb(all[1])}, brotli ${mb(all[2])} (of which genrenet.wasm ${mb(module[2])}, ${mb(module[3])})`);
  if (all[1] > 3e6) faults.push("size");
}

sizes();
mkdirSync(songs, { recursive: true });
const song = demo.find((path) => path.endsWith(".ogg"));

await step("one song", async (page) => {
  expect((await page.textContent("header")).includes("Nothing leaves this computer"), "the page does not say that nothing is uploaded");
  await page.screenshot({ path: "first.png" });
  await choose(page, [song]);
  await done(page);
  await explained(page);
  const its = answers(program, [song]).get(basename(song));
  expect((await text(page, "verdict")) === its.genres[0].genre, `expected ${its.genres[0].genre}; found ${await text(page, "verdict")}`);
  await page.screenshot({ path: "desktop-light.png", fullPage: true });
  // From a click in the middle, and by keys.
  await page.click("#timeline", { position: { x: (await page.$eval("#timeline", (line) => line.clientWidth)) / 2, y: 60 } });
  await page.waitForFunction(() => !document.getElementById("audio").paused && document.getElementById("audio").currentTime > 9);
  await page.press("#timeline", " ");
  await page.press("#timeline", "Home");
  await page.press("#timeline", "ArrowRight");
  expect((await page.getAttribute("#timeline", "aria-valuetext")) === "0:05 of 0:20", `the place is ${await page.getAttribute("#timeline", "aria-valuetext")}`);
  await page.selectOption("#explained", { index: 1 });
  await page.waitForSelector("#decided[hidden]", { state: "attached" });
  await explained(page);
  return `${its.genres[0].genre}; plays from a click and by keys; what decided is shown for two genres`;
});

await step("axe", async (page) => {
  const before = await findings(page);
  await choose(page, demo);
  await done(page);
  await page.click("#rows .open");
  await explained(page);
  const found = [...before, ...(await findings(page))];
  expect(found.length === 0, found.join("; "));
  return "nothing found, before and after";
}, { axe: true });

await step("each format", async (page) => {
  // Recordings of the tests are short, and are compared by what is said of them; songs of ten seconds are named.
  const files = [...formats, ...refused, ...demo, ...encoded(song, songs)];
  await choose(page, files);
  await done(page);
  return compare(page, files);
});

await step("damaged files", async (page) => {
  const files = broken(songs, demo);
  await choose(page, [...files, ...demo.slice(0, 1)]);
  await done(page);
  return compare(page, [...files, ...demo.slice(0, 1)]);
});

await step("phone, dark", async (page) => {
  await fits(page);
  await choose(page, [song]);
  await done(page);
  await explained(page);
  await fits(page);
  await page.screenshot({ path: "phone-dark.png", fullPage: true });
  const found = await findings(page);
  expect(found.length === 0, found.join("; "));
  await choose(page, demo);
  await done(page);
  await fits(page);
  await page.screenshot({ path: "phone-dark-table.png", fullPage: true });
  return "fits, and axe finds nothing";
}, { viewport: { width: 390, height: 844 }, deviceScaleFactor: 2, isMobile: true, hasTouch: true, colorScheme: "dark", axe: true });

await step("cancel", async (page) => {
  const copies = Array.from({ length: 40 }, (_, at) => {
    const copy = join(songs, `copy-${at}.mp3`);
    if (!existsSync(copy)) cpSync(demo.find((path) => path.endsWith(".mp3")), copy);
    return copy;
  });
  await choose(page, copies);
  await page.click("#cancel");
  const began = performance.now();
  await done(page);
  const took = performance.now() - began;
  expect((await text(page, "status")).startsWith("Cancelled."), `the page says ${await text(page, "status")}`);
  await choose(page, [song]);
  await done(page);
  return `${took.toFixed(0)} ms; the page goes on`;
});

await step("many songs", async (page) => {
  await choose(page, demo);
  await done(page);
  const column = async () => {
    // Rows are drawn with the next picture.
    await page.evaluate(() => new Promise((drawn) => requestAnimationFrame(() => requestAnimationFrame(drawn))));
    return page.$$eval("#rows th .open", (cells) => cells.map((cell) => cell.title));
  };
  await page.click('th[data-key="path"] button');
  const rising = await column();
  await page.click('th[data-key="path"] button');
  expect((await page.getAttribute('th[data-key="path"]', "aria-sort")) === "descending", "aria-sort");
  expect((await column()).join() === [...rising].reverse().join(), "the order is not reversed");
  const list = await downloaded(page, "m3u");
  expect(list.startsWith("#EXTM3U\n#EXTINF:") && list.trim().split("\n").length === 1 + 2 * demo.length, list);
  await page.selectOption("#filter", { index: 1 });
  expect((await column()).length < demo.length, "the filter leaves all songs");
  await page.click("#rows .open");
  await explained(page);
  await page.screenshot({ path: "table.png" });
  return "sorted, filtered, downloaded";
});

await step("a folder is dropped, the module faults", async (page) => {
  const folder = join(process.cwd(), songs, "album");
  rmSync(folder, { recursive: true, force: true });
  mkdirSync(join(folder, "disc 2"), { recursive: true });
  cpSync(demo[0], join(folder, basename(demo[0])));
  cpSync(demo[1], join(folder, "disc 2", basename(demo[1])));
  cpSync(join(root, "README.md"), join(folder, "notes.txt"));
  const cdp = await page.context().newCDPSession(page);
  const { x, y } = await page.locator("#drop").boundingBox();
  for (const type of ["dragEnter", "dragOver", "drop"])
    await cdp.send("Input.dispatchDragEvent", { type, x: x + 50, y: y + 20, data: { items: [], files: [folder], dragOperationsMask: 1 } });
  await done(page);
  const paths = await page.$$eval("#rows th .open", (cells) => cells.map((cell) => cell.title));
  expect(paths.length === 2 && paths.includes(`album/disc 2/${basename(demo[1])}`), `found ${paths.join(", ")}`);
  expect((await text(page, "passed-over")).includes("1 other file"), await text(page, "passed-over"));
  // A task that the module can't do ends its worker; the next one has a new worker.
  const said = await page.evaluate(async () => {
    const { Pool } = await import("./pool.js");
    const module = fetch("genrenet.wasm").then(async (wasm) => WebAssembly.compile(await wasm.arrayBuffer()));
    const pool = new Pool(module);
    pool.size = 1;
    const file = new File(["x"], "x");
    const why = await pool.run({ work: "unreachable", file, path: "x" }).then(() => "nothing", (error) => error.message);
    const { given } = await pool.run({ work: "classify", file, path: "x" });
    return [why, given.answer.error];
  });
  expect(said[0].startsWith("a fault of this program") && said[1].length > 0, said.join(", "));
  return "songs of all folders, a text passed over; a new worker after a fault";
});

await step("keyboard", async (page) => {
  const opened = page.waitForEvent("filechooser");
  await page.keyboard.press("Tab");
  expect((await page.evaluate(() => document.activeElement.className)) === "skip", "the first stop is not the skip link");
  await page.keyboard.press("Tab");
  await page.keyboard.press("Enter");
  await (await opened).setFiles(demo.slice(0, 2));
  await done(page);
  // Through the table to a song, whose part of the page has the focus then.
  for (let stop = 0; stop < 20 && !(await page.evaluate(() => document.activeElement.className === "open")); stop++) await page.keyboard.press("Tab");
  await page.keyboard.press("Enter");
  expect((await page.evaluate(() => document.activeElement.id)) === "song", "the song does not have the focus");
  return "files are chosen and a song is opened without a mouse";
});

if (!quick) await import("./long.mjs").then(({ longSongs }) => longSongs({ step, choose, done, explained, compare, program, demo, songs, long, nativeSeconds }));

await browser.close();
site.close();
if (faults.length > 0) {
  console.log(`   failed: ${faults.join(", ")}`);
  process.exit(1);
}
