/**
 * The page: songs are chosen, each goes to a worker that names its genre, and the answers are shown. Everything starts here.
 *
 *   drop.js    files and folders that were dropped or chosen
 *   pool.js    workers, each with the model (worker.js)
 *   table.js   many songs: the sortable table, CSV and M3U
 *   song.js    one song: genres, attributes, spectrogram, what decided, player
 *   draw.js    pictures on canvases
 *
 * @typedef {{genre: string, probability: number, parent?: string}} Genre
 * @typedef {{attribute: string, probability: number, holds?: boolean, precision?: number}} Attribute
 * @typedef {{path: string, genres?: Genre[], unsure?: boolean, no_music?: boolean, attributes?: Attribute[], seconds?: number, error?: string}} Answer
 * @typedef {{file: File, path: string, answer?: Answer, milliseconds?: number}} Song
 */

import { dropped, filesOf } from "./drop.js";
import { Cancelled, Pool } from "./pool.js";
import { SongView } from "./song.js";
import { SongTable } from "./table.js";
import { byId, percent, plural } from "./words.js";

/** @type {Song[]} */
const songs = [];
/** The present work: from the first files that are added until all are done. */
const work = { busy: false, all: 0, done: 0, passedOver: 0, cancelled: false, stop: new AbortController() };

const pool = new Pool(compiled());
const view = new SongView(pool);
const table = new SongTable(songs, (song) => view.show(song));

/** The module, compiled once for all workers. */
async function compiled() {
  const wasm = await fetch(new URL("genrenet.wasm", import.meta.url));
  if (!wasm.ok) throw new Error(`genrenet.wasm: ${wasm.status} ${wasm.statusText}`);
  // A host that does not know the media type of WebAssembly is no reason to fail.
  return WebAssembly.compile(await wasm.arrayBuffer());
}

pool.onmodel = (model) => {
  table.model = model;
  // The file that the model's card names in brackets is a part of the licences below.
  const license = model.license.replace(/ \([^)]*\)/, "");
  byId("model").textContent = `Model ${model.name} ${model.version}: ${model.genres.length} genres. Its weights: ${license}.`;
};

/**
 * Names the genre of files. Of those found in folders, pictures, texts and what else lies beside music are passed over.
 * @param {{file: File, path: string, found: boolean}[]} files
 */
async function add(files) {
  if (files.length === 0) return;
  if (!work.busy) Object.assign(work, { busy: true, all: 0, done: 0, passedOver: 0, cancelled: false });
  byId("trouble").hidden = true;
  const { signal } = work.stop;
  work.all += files.length;
  showWork();
  try {
    const chosen = await sift(files, signal);
    work.passedOver += files.length - chosen.length;
    work.all -= files.length - chosen.length;
    const added = chosen.map(({ file, path }) => ({ file, path }));
    songs.push(...added);
    byId("results").hidden = songs.length === 0;
    table.changed();
    if (songs.length === 1) view.show(songs[0]);
    await Promise.allSettled(added.map((song) => name(song, signal)));
  } catch (why) {
    if (!(why instanceof Cancelled)) trouble(why);
  }
  finish();
}

/** @param {{file: File, path: string, found: boolean}[]} files @param {AbortSignal} signal */
async function sift(files, signal) {
  if (files.every(({ found }) => !found)) return files;
  const paths = files.map(({ path }) => path);
  const { given } = await pool.run({ work: "sift", paths }, { first: true, signal });
  return files.filter(({ found }, at) => !found || given.kept[at]);
}

/** @param {Song} song @param {AbortSignal} signal */
async function name(song, signal) {
  try {
    const { given, milliseconds } = await pool.run({ work: "classify", file: song.file, path: song.path }, { signal });
    Object.assign(song, { answer: given.answer, milliseconds });
  } catch (why) {
    if (why instanceof Cancelled) {
      const at = songs.indexOf(song);
      if (at >= 0) songs.splice(at, 1);
      view.forget(song);
      table.changed();
      throw why;
    }
    song.answer = { path: song.path, error: /** @type {Error} */ (why).message };
  }
  work.done += 1;
  showWork();
  table.changed(song);
  view.answered(song);
}

function showWork() {
  byId("work").hidden = false;
  document.body.dataset.state = "working";
  const progress = /** @type {HTMLProgressElement} */ (byId("progress"));
  progress.max = Math.max(1, work.all);
  progress.value = work.done;
  byId("progress-words").textContent = `${work.done} of ${plural(work.all, "song")}`;
}

/** Ends the present work, once all of it is done. */
function finish() {
  if (!work.busy || work.done < work.all) return;
  work.busy = false;
  const { cancelled, done, passedOver } = work;
  byId("work").hidden = true;
  byId("results").hidden = songs.length === 0;
  const failed = songs.filter(({ answer }) => answer?.error).length;
  const words = [cancelled ? "Cancelled." : done === 1 && songs.length === 1 ? said(songs[0]) : `${plural(done, "song")} named.`];
  if (failed > 0 && songs.length > 1) words.push(`${plural(failed, "file")} can't be read.`);
  if (passedOver > 0) words.push(`${plural(passedOver, "other file")} passed over.`);
  byId("status").textContent = words.join(" ");
  byId("passed-over").textContent = passedOver > 0 ? words[words.length - 1] : "";
  document.body.dataset.state = "done";
}

/** @param {Song} song */
function said({ path, answer }) {
  const top = answer?.genres?.[0];
  if (!answer || !top) return `${path}: ${answer?.error ?? ""}.`;
  if (answer.no_music) return `${path}: no music.`;
  return `${path}: ${answer.unsure ? "unsure, most probably " : ""}${top.genre}, ${percent(top.probability)}.`;
}

/** @param {unknown} why */
function trouble(why) {
  work.all = work.done;
  byId("trouble").hidden = false;
  byId("trouble").textContent = why instanceof Error ? why.message : String(why);
}

byId("cancel").addEventListener("click", () => {
  const { stop } = work;
  work.stop = new AbortController();
  Object.assign(work, { all: work.done, cancelled: true });
  stop.abort();
  byId("choose-files").focus();
});

for (const [button, input] of [["choose-files", "files"], ["choose-folder", "folder"]]) {
  const chooser = /** @type {HTMLInputElement} */ (byId(input));
  byId(button).addEventListener("click", () => chooser.click());
  chooser.addEventListener("change", () => {
    add(filesOf(chooser.files ?? []));
    // The same choice again is another choice.
    chooser.value = "";
  });
}

// The whole page takes what is dropped; without this, the browser would leave it to open the file.
for (const type of ["dragenter", "dragover"])
  addEventListener(type, (event) => {
    event.preventDefault();
    document.body.classList.add("dragged");
  });
addEventListener("dragleave", (event) => {
  if (!(/** @type {DragEvent} */ (event).relatedTarget)) document.body.classList.remove("dragged");
});
addEventListener("drop", async (event) => {
  event.preventDefault();
  document.body.classList.remove("dragged");
  const transfer = /** @type {DragEvent} */ (event).dataTransfer;
  if (transfer) add(await dropped(transfer));
});
