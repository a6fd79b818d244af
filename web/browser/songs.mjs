/** The files that the browser is given, and what the program says of them. */
import { execFileSync, spawnSync } from "node:child_process";
import { existsSync, mkdirSync, readdirSync, readFileSync, statSync, writeFileSync } from "node:fs";
import { basename, join } from "node:path";

/** The repository's recordings: one of each format, what is refused, and four songs. */
export function recordings(root) {
  const formats = join(root, "crates/genrenet-audio/tests/audio");
  const files = (folder) => readdirSync(folder).map((name) => join(folder, name)).filter((path) => statSync(path).isFile());
  const demo = files(join(root, "crates/genrenet-cli/demo")).filter((path) => !path.endsWith(".md"));
  return { formats: files(formats), refused: files(join(formats, "refused")), demo };
}

/** A song of so many seconds, made of the recordings; `null` where there is no ffmpeg. */
export function long(demo, seconds, path, options) {
  if (existsSync(path)) return path;
  mkdirSync(join(path, ".."), { recursive: true });
  // Recordings of different codecs are decoded each by itself and joined.
  const inputs = demo.flatMap((file) => ["-i", file]);
  const joined = demo.map((_, at) => `[${at}:a]aresample=44100,aformat=channel_layouts=stereo[a${at}]`).join(";");
  const all = demo.map((_, at) => `[a${at}]`).join("");
  const wav = `${path}.once.wav`;
  const ffmpeg = (...words) => spawnSync("ffmpeg", ["-v", "error", "-y", ...words]);
  const made = ffmpeg(...inputs, "-filter_complex", `${joined};${all}concat=n=${demo.length}:v=0:a=1`, wav);
  if (made.error || made.status !== 0) return null;
  ffmpeg("-stream_loop", "-1", "-i", wav, "-t", String(seconds), "-map_metadata", "-1", ...options, path);
  return existsSync(path) ? path : null;
}

/** A song in every format, ten seconds of it; none where there is no ffmpeg. */
export function encoded(song, folder) {
  mkdirSync(folder, { recursive: true });
  const names = ["mp3", "flac", "wav", "ogg", "opus", "m4a", "alac.m4a", "aiff", "au", "mka", "webm", "aac", "mp2"];
  const codecs = { "ogg": ["-c:a", "libvorbis"], "alac.m4a": ["-c:a", "alac"], "webm": ["-c:a", "libopus"], "mka": ["-c:a", "flac"] };
  return names.map((name) => join(folder, `song.${name}`)).filter((path) => {
    const codec = codecs[basename(path).slice("song.".length)] ?? [];
    if (!existsSync(path)) spawnSync("ffmpeg", ["-v", "error", "-y", "-i", song, "-t", "10", ...codec, path]);
    return existsSync(path);
  });
}

/** Files that are no songs, or are damaged. */
export function broken(folder, demo) {
  mkdirSync(folder, { recursive: true });
  const mp3 = readFileSync(demo.find((path) => path.endsWith(".mp3")));
  const files = {
    "empty.mp3": Buffer.alloc(0),
    "text.mp3": Buffer.from("This is a text.\n".repeat(100)),
    "zeros.flac": Buffer.alloc(10_000),
    "cut.m4a": readFileSync(demo.find((path) => path.endsWith(".m4a"))).subarray(0, 3000),
    "noise.ogg": Buffer.from(Array.from({ length: 20_000 }, (_, at) => (at * 7919 * (at + 3)) % 251)),
    "damaged.mp3": Buffer.concat([mp3.subarray(0, 60_000), Buffer.alloc(9000, 0x55), mp3.subarray(60_000)]),
  };
  return Object.entries(files).map(([name, bytes]) => {
    writeFileSync(join(folder, name), bytes);
    return join(folder, name);
  });
}

/** The program's answers by the name of the file. */
export function answers(program, files, threads = {}) {
  let text;
  try {
    text = execFileSync(program, ["classify", "--json", ...files], { stdio: ["ignore", "pipe", "ignore"], maxBuffer: 1 << 28, env: { ...process.env, ...threads } });
  } catch (failed) {
    // Some files have no answer: exit code 1.
    if (failed.status !== 1) throw failed;
    text = failed.stdout;
  }
  const rows = String(text).trim().split("\n").map((line) => JSON.parse(line));
  return new Map(rows.map((answer) => [basename(answer.path), answer]));
}

/** Seconds that the program takes for a song on one thread: the difference between a run over many copies and a run over one, so that its start does not count. */
export function nativeSeconds(program, file, times) {
  const run = (count) => {
    const began = process.hrtime.bigint();
    answers(program, Array(count).fill(file), { RAYON_NUM_THREADS: "1" });
    return Number(process.hrtime.bigint() - began) / 1e9;
  };
  return (run(times + 1) - run(1)) / times;
}

/** The largest difference of two answers' probabilities; infinite where they differ in anything else. */
export function difference(page, program) {
  if (!page || !program) return Infinity;
  if (program.error || page.error) return page.error === program.error ? 0 : Infinity;
  if (page.unsure !== program.unsure || page.no_music !== program.no_music || page.seconds !== program.seconds) return Infinity;
  const of = (answer) => new Map([...answer.genres.map((one) => [one.genre, one.probability]), ...(answer.attributes ?? []).map((one) => [`+${one.attribute}`, one.probability])]);
  const [a, b] = [of(page), of(program)];
  return a.size === b.size ? Math.max(...[...a].map(([name, share]) => Math.abs(share - (b.get(name) ?? Infinity)))) : Infinity;
}
