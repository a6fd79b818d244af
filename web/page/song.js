/** One song: its genres and attributes, what is heard along it, what decided, and the player. */

import { colour, drawAlong, drawDecided, drawDecisive, drawSpectrogram, picture } from "./draw.js";
import { Player } from "./player.js";
import { Cancelled } from "./pool.js";
import { byId, clock, make, percent } from "./words.js";

/** @typedef {import("./main.js").Song} Song @typedef {import("./main.js").Answer} Answer */

/** Genres that have a colour, and are drawn along the song. */
const COLOURED = 4;
/** Genres that are listed at once. */
const LISTED = 5;
/** Stretches that are named as decisive. */
const DECISIVE = 3;

export class SongView {
  /** @param {import("./pool.js").Pool} pool */
  constructor(pool) {
    this.pool = pool;
    /** @type {Song | null} */
    this.song = null;
    this.stop = new AbortController();
    /** What is drawn, and drawn again when the page changes its size or colours. */
    this.drawn = { song: /** @type {any} */ (null), along: /** @type {any} */ (null), genres: /** @type {string[]} */ ([]), genre: 0 };
    this.player = new Player();
    byId("explained").addEventListener("change", () => this.explain());
    new ResizeObserver(() => this.draw()).observe(byId("timeline"));
    matchMedia("(prefers-color-scheme: dark)").addEventListener("change", () => this.draw());
  }

  /** Opens a song: its answer, if there is one, and then what else there is to hear and see. @param {Song} song */
  show(song) {
    this.stop.abort();
    this.stop = new AbortController();
    this.song = song;
    this.drawn = { song: null, along: null, genres: [], genre: 0 };
    byId("song").hidden = false;
    byId("song-title").textContent = song.path.slice(song.path.lastIndexOf("/") + 1);
    byId("verdict").textContent = "Listening…";
    byId("verdict-note").textContent = "";
    byId("of-song").hidden = true;
    byId("decided").hidden = true;
    byId("explaining").hidden = true;
    byId("stretches").replaceChildren();
    this.player.open(song.file);
    if (song.answer) this.answered(song);
  }

  /** A song is not there any more. @param {Song} song */
  forget(song) {
    if (song !== this.song) return;
    this.stop.abort();
    this.song = null;
    this.player.close();
    byId("song").hidden = true;
  }

  /** A song was named. @param {Song} song */
  answered(song) {
    if (song !== this.song || !song.answer) return;
    const { answer } = song;
    verdict(answer);
    const top = answer.genres?.[0];
    byId("of-song").hidden = !top;
    byId("song").classList.toggle("failed", !top);
    if (!answer.genres || !top) return;
    this.drawn.genres = answer.genres.map(({ genre }) => genre);
    this.player.seconds(answer.seconds ?? 0);
    const bars = answer.genres.map((one, at) => bar(one.genre, one.probability, at < COLOURED ? `c${at}` : "", one.parent));
    byId("genres").replaceChildren(...bars.slice(0, LISTED));
    byId("rest").replaceChildren(...bars.slice(LISTED));
    byId("all-genres").querySelector("summary")?.replaceChildren(`The other ${bars.length - LISTED} genres`);
    const attributes = answer.attributes ?? [];
    byId("attributes-part").hidden = attributes.length === 0;
    byId("attributes").replaceChildren(...attributes.map(({ attribute, probability, holds }) =>
      bar(attribute, probability, "", holds === undefined ? undefined : holds ? "yes" : "no")));
    const options = answer.genres.map(({ genre, probability }) => make("option", { value: genre, textContent: `${genre} (${percent(probability)})` }));
    byId("explained").replaceChildren(...options);
    this.draw();
    this.listen(song);
  }

  /** Draws what takes longer than the answer. @param {Song} song */
  async listen(song) {
    const { signal } = this.stop;
    const ask = (/** @type {string} */ work) =>
      this.pool.run({ work, file: song.file, path: song.path }, { first: true, signal });
    const along = ask("along").then(({ given }) => {
      this.drawn.along = given.along ?? null;
      this.draw();
    });
    const spectrogram = ask("spectrogram").then(({ given }) => {
      this.drawn.song = given.song ? picture(given.song) : null;
      this.draw();
    });
    const found = await Promise.allSettled([along, spectrogram]);
    if (song !== this.song || signal.aborted) return;
    const failed = found.find((one) => one.status === "rejected" && !(one.reason instanceof Cancelled));
    if (failed?.status === "rejected") byId("along-words").textContent = failed.reason.message;
    await this.explain();
  }

  /** Measures what decided for the chosen genre. */
  async explain() {
    const song = this.song;
    if (!song?.answer?.genres) return;
    this.explaining?.abort();
    const stop = new AbortController();
    this.explaining = stop;
    this.stop.signal.addEventListener("abort", () => stop.abort(), { once: true });
    const name = /** @type {HTMLSelectElement} */ (byId("explained")).value;
    const genre = this.drawn.along?.genres.indexOf(name) ?? -1;
    const bar = /** @type {HTMLProgressElement} */ (byId("explain-progress"));
    this.draw();
    bar.value = 0;
    byId("decided").hidden = true;
    byId("explaining").hidden = false;
    byId("explain-words").textContent = `Measuring what decided for ${name}…`;
    bar.hidden = false;
    try {
      const message = { work: "explain", file: song.file, path: song.path, genre };
      const { given } = await this.pool.run(message, { first: true, signal: stop.signal, progress: (share) => (bar.value = share) });
      if (given.error) throw new Error(given.error);
      this.explained(given.explanation, picture(given.segment));
      byId("explaining").hidden = true;
    } catch (why) {
      if (why instanceof Cancelled) return;
      bar.hidden = true;
      byId("explain-words").textContent = /** @type {Error} */ (why).message;
    }
  }

  /** @param {any} explanation @param {import("./draw.js").Picture} segment */
  explained(explanation, segment) {
    const { attribution, window, explained } = explanation;
    const canvas = /** @type {HTMLCanvasElement} */ (byId("segment"));
    drawDecided(canvas, segment, attribution.weights);
    const place = `from ${clock(window.start)} to ${clock(window.start + window.seconds)}`;
    canvas.setAttribute("aria-label", `Spectrogram of the stretch ${place}, coloured by what counts for and against ${explained.genre}.`);
    for (const name of document.querySelectorAll(".genre-name")) name.textContent = explained.genre;
    const checked = attribution.held_out_occlusion;
    const trust = checked === null ? "" : ` Checked on other patches: correlation ${checked.toFixed(2)}.`;
    byId("decided-words").textContent =
      `The stretch ${place}, in which ${explained.genre} is most probable; low tones are at the bottom.${trust} ${attribution.caveat ?? ""}`;
    byId("decided").hidden = false;
    this.drawn.along = { genres: explanation.genres, ...explanation.along };
    this.draw();
  }

  draw() {
    const { drawn, song } = this;
    if (!song?.answer?.genres || byId("of-song").hidden) return;
    const seconds = song.answer.seconds ?? 1;
    const canvas = (/** @type {string} */ id) => /** @type {HTMLCanvasElement} */ (byId(id));
    drawSpectrogram(canvas("spectrogram"), drawn.song);
    const all = drawn.along?.genres ?? [];
    const lines = drawn.genres.slice(0, COLOURED).map((name, at) => ({ genre: all.indexOf(name), colour: colour(`--c${at}`) }));
    drawAlong(canvas("along"), drawn.along, seconds, lines);
    const name = /** @type {HTMLSelectElement} */ (byId("explained")).value;
    const genre = all.indexOf(name);
    const decisive = genre < 0 ? [] : strongest(drawn.along, genre);
    drawDecisive(canvas("decisive"), drawn.along, seconds, genre, decisive);
    byId("legend").replaceChildren(...drawn.genres.slice(0, COLOURED).map((name, at) => make("li", {}, make("span", { className: `dot c${at}` }), name)));
    if (!drawn.along) return;
    byId("along-words").textContent = `Above, the loudness of each frequency; below it, how probable each genre is. The strip shows ${name}, framed where it is most probable.`;
    this.drawStretches(decisive, genre);
  }

  /** @param {number[]} decisive @param {number} genre */
  drawStretches(decisive, genre) {
    const key = JSON.stringify([decisive, genre, this.song?.path]);
    const list = byId("stretches");
    // Not made again while one of them may have the focus.
    if (list.dataset.key === key && list.childElementCount > 0) return;
    list.dataset.key = key;
    const { along } = this.drawn;
    list.replaceChildren(...decisive.map((at) => {
      const { start, probabilities } = along.windows[at];
      const button = make("button", { type: "button" }, make("span", { className: "play" }), `${clock(start)} `, make("span", { className: "share", textContent: percent(probabilities[genre]) }));
      button.setAttribute("aria-label", `Play from ${clock(start)}: ${percent(probabilities[genre])}`);
      button.addEventListener("click", () => this.player.playFrom(start));
      return button;
    }));
  }
}

/** The stretches in which a genre is most probable, in order. @param {any} along @param {number} genre */
function strongest(along, genre) {
  const order = along.windows.map((/** @type {any} */ _, /** @type {number} */ at) => at);
  const share = (/** @type {number} */ at) => along.windows[at].probabilities[genre];
  order.sort((/** @type {number} */ a, /** @type {number} */ b) => share(b) - share(a));
  return order.slice(0, DECISIVE).sort((/** @type {number} */ a, /** @type {number} */ b) => a - b);
}

/** What is said of a song in a line, and what to think of it. @param {Answer} answer */
function verdict(answer) {
  const top = answer.genres?.[0];
  const [title, note] = [byId("verdict"), byId("verdict-note")];
  if (!top) {
    title.textContent = "Can't be read";
    note.textContent = answer.error ?? "";
    return;
  }
  title.textContent = answer.no_music ? "No music" : answer.unsure ? "Unsure" : top.genre;
  if (answer.no_music) note.textContent = `This sounds like speech, noise or a test tone. Were it music, it would be ${top.genre} (${percent(top.probability)}).`;
  else if (answer.unsure) note.textContent = `Most probably ${top.genre}, but only with ${percent(top.probability)}: not to be relied on.`;
  else note.textContent = `With a probability of ${percent(top.probability)}${top.parent ? `; ${top.genre} is a kind of ${top.parent}` : ""}.`;
}

/** A name, its probability as a bar and as a number. @param {string} name @param {number} share @param {string} kind @param {string} [beside] */
function bar(name, share, kind, beside) {
  const words = make("span", { className: "name" }, name);
  if (beside) words.append(" ", make("small", { textContent: beside }));
  const fill = make("span", { className: `fill ${kind}` });
  fill.style.width = `${100 * share}%`;
  return make("li", {}, words, make("span", { className: "bar" }, fill), make("span", { className: "value", textContent: percent(share) }));
}
