/**
 * Runs the model on one song after the other, in a thread of its own. The module reads the file through `read` as it needs it;
 * docs/WEB.md describes both sides.
 *
 * @typedef {{id: number, work: "classify" | "along" | "explain" | "spectrogram", file: File, path: string, genre?: number}} Task
 * @typedef {{id: number, work: "sift", paths: string[]}} SiftTask
 */

/** What the module gives: the numbers of `Given` in web/src/page.rs. */
const GIVEN = ["fault", "error", "model", "answer", "explanation", "segment", "song", "along"];
const TEXTS = new Set(["fault", "error"]);
const PICTURES = new Set(["segment", "song"]);

const text = new TextDecoder();
const bytes = new TextEncoder();

/** @type {any} */
let wasm;
/** What the module gave since the task began. @type {Record<string, any>} */
let given = {};
/** @type {{id: number, file?: File}} */
let task = { id: 0 };

/** Reads ahead: each call into the browser costs more than a chunk of the decoder is worth. */
const ahead = {
  start: 0,
  /** @type {Uint8Array} */
  bytes: new Uint8Array(0),
  size: 0,
  reset() {
    this.bytes = new Uint8Array(0);
    this.start = 0;
    this.size = LEAST;
  },
};
const LEAST = 256 * 1024;
const MOST = 8 * 1024 * 1024;

/** @param {number} at @param {number} to @param {number} length */
function read(at, to, length) {
  const file = task.file;
  if (!file) return -1;
  if (at >= file.size || length === 0) return 0;
  let from = at - ahead.start;
  if (from < 0 || from >= ahead.bytes.length) {
    // A reader that goes straight on is given more each time; after a jump little is wasted.
    const goesOn = at === ahead.start + ahead.bytes.length;
    ahead.size = goesOn ? Math.min(MOST, 2 * ahead.size) : LEAST;
    if (file.size <= MOST) {
      ahead.start = 0;
      ahead.size = MOST;
    } else {
      ahead.start = at;
    }
    try {
      const slice = file.slice(ahead.start, ahead.start + ahead.size);
      ahead.bytes = new Uint8Array(new FileReaderSync().readAsArrayBuffer(slice));
    } catch {
      ahead.reset();
      return -1;
    }
    from = at - ahead.start;
  }
  const part = ahead.bytes.subarray(from, from + length);
  new Uint8Array(wasm.memory.buffer, to, part.length).set(part);
  return part.length;
}

/** @param {number} kind @param {number} from @param {number} length */
function give(kind, from, length) {
  const name = GIVEN[kind];
  const part = new Uint8Array(wasm.memory.buffer, from, length);
  if (PICTURES.has(name)) given[name] = part.slice().buffer;
  else given[name] = TEXTS.has(name) ? text.decode(part) : JSON.parse(text.decode(part));
}

let reported = 0;
/** @param {number} done @param {number} of */
function progress(done, of) {
  const now = performance.now();
  if (now - reported < 100 && done < of) return;
  reported = now;
  postMessage({ id: task.id, progress: of > 0 ? done / of : 0 });
}

/** @param {string} words */
function write(words) {
  const encoded = bytes.encode(words);
  const at = wasm.buffer(encoded.length);
  new Uint8Array(wasm.memory.buffer, at, encoded.length).set(encoded);
}

/** @param {any} data */
async function run(data) {
  if (data.module) {
    const instance = await WebAssembly.instantiate(data.module, { page: { read, give, progress } });
    wasm = instance.exports;
    wasm.start();
    return;
  }
  if (data.work === "sift") {
    given.kept = data.paths.map((/** @type {string} */ path) => {
      write(path);
      return wasm.is_passed_over() === 0;
    });
    return;
  }
  ahead.reset();
  write(data.path);
  if (data.work === "explain") wasm.explain(data.file.size, data.genre ?? -1);
  else wasm[data.work](data.file.size);
}

onmessage = async ({ data }) => {
  task = data;
  given = {};
  const began = performance.now();
  try {
    await run(data);
  } catch (fault) {
    // The module is not to be used again: the page starts another worker.
    const why = given.fault ?? (fault instanceof Error ? fault.message : String(fault));
    postMessage({ id: data.id, broken: `a fault of this program: ${why}` });
    return;
  }
  const pictures = [given.segment, given.song].filter((picture) => picture);
  const milliseconds = performance.now() - began;
  const memory = wasm.memory.buffer.byteLength;
  postMessage({ id: data.id, given, milliseconds, memory }, { transfer: pictures });
  ahead.reset();
};
