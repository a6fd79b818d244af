/** Many songs: a table that can be sorted and filtered, and downloaded as CSV and M3U. */

import { byId, clock, make, percent } from "./words.js";

/** @typedef {import("./main.js").Song} Song */

/** What a column is sorted by. @type {Record<string, (song: Song) => string | number>} */
const KEYS = {
  path: ({ path }) => path,
  genre: ({ answer }) => answer?.genres?.[0].genre ?? "\uffff",
  probability: ({ answer }) => answer?.genres?.[0].probability ?? -1,
  seconds: ({ answer }) => answer?.seconds ?? -1,
};
const order = new Intl.Collator(undefined, { numeric: true });

export class SongTable {
  /** @param {Song[]} songs @param {(song: Song) => void} open */
  constructor(songs, open) {
    this.songs = songs;
    this.open = open;
    /** What the module says of its model. @type {any} */
    this.model = null;
    this.sorted = { key: "", falling: false };
    /** @type {Map<Song, HTMLTableRowElement>} */
    this.rows = new Map();
    /** @type {Song | null} */
    this.shown = null;
    this.asked = false;
    for (const heading of document.querySelectorAll("th[data-key]"))
      heading.querySelector("button")?.addEventListener("click", () => this.sort(/** @type {HTMLElement} */ (heading)));
    byId("filter").addEventListener("change", () => this.changed());
    byId("csv").addEventListener("click", () => download("genres.csv", "text/csv", this.csv()));
    byId("m3u").addEventListener("click", () => download("songs.m3u8", "audio/x-mpegurl", this.m3u()));
  }

  /** Draws again, once for all changes before the next picture. @param {Song} [song] */
  changed(song) {
    if (song) this.rows.delete(song);
    if (this.asked) return;
    this.asked = true;
    requestAnimationFrame(() => {
      this.asked = false;
      this.draw();
    });
  }

  /** @param {HTMLElement} heading */
  sort(heading) {
    const key = heading.dataset.key ?? "";
    // Probabilities are first wanted high, names and lengths low.
    const falling = this.sorted.key === key ? !this.sorted.falling : key === "probability";
    this.sorted = { key, falling };
    for (const other of document.querySelectorAll("th[data-key]")) other.setAttribute("aria-sort", "none");
    heading.setAttribute("aria-sort", falling ? "descending" : "ascending");
    this.changed();
  }

  /** The songs that are shown, in the order of the table. */
  listed() {
    const genre = /** @type {HTMLSelectElement} */ (byId("filter")).value;
    const listed = this.songs.filter((song) => genre === "" || group(song) === genre);
    const { key, falling } = this.sorted;
    const by = KEYS[key];
    if (!by) return listed;
    return listed.sort((a, b) => {
      const [left, right] = [by(a), by(b)];
      const found = typeof left === "number" ? left - Number(right) : order.compare(left, String(right));
      return falling ? -found : found;
    });
  }

  draw() {
    byId("many").hidden = this.songs.length < 2;
    byId("results").classList.toggle("several", this.songs.length > 1);
    byId("many-title").textContent = `${this.songs.length} songs`;
    this.drawFilter();
    for (const song of this.rows.keys()) if (!this.songs.includes(song)) this.rows.delete(song);
    const rows = this.listed().map((song) => {
      const row = this.rows.get(song) ?? this.row(song);
      this.rows.set(song, row);
      return row;
    });
    // A button that had the focus has it again in its new row.
    const focused = document.activeElement?.closest("tr");
    const at = focused?.parentElement === byId("rows") ? focused.dataset.path : undefined;
    byId("rows").replaceChildren(...rows);
    if (at !== undefined) rows.find((row) => row.dataset.path === at)?.querySelector("button")?.focus();
  }

  drawFilter() {
    const filter = /** @type {HTMLSelectElement} */ (byId("filter"));
    const counts = new Map();
    for (const song of this.songs) {
      const genre = group(song);
      if (genre) counts.set(genre, (counts.get(genre) ?? 0) + 1);
    }
    const names = [...counts.keys()].sort(order.compare);
    const options = names.map((name) => make("option", { value: name, textContent: `${name} (${counts.get(name)})` }));
    const chosen = filter.value;
    filter.replaceChildren(make("option", { value: "", textContent: "all genres" }), ...options);
    filter.value = names.includes(chosen) ? chosen : "";
  }

  /** @param {Song} song */
  row(song) {
    const { answer, path } = song;
    const [folder, name] = [path.slice(0, path.lastIndexOf("/") + 1), path.slice(path.lastIndexOf("/") + 1)];
    const button = make("button", { type: "button", className: "open", title: path });
    if (folder) button.append(make("span", { className: "folder", textContent: folder }));
    // A long name may be broken behind its separators.
    name.split(/(?<=[ _.-])/).forEach((part) => button.append(part, document.createElement("wbr")));
    button.addEventListener("click", () => {
      this.open(song);
      for (const [other, row] of this.rows) row.classList.toggle("opened", other === song);
      byId("song").focus();
    });
    const row = make("tr", {}, make("th", { scope: "row" }, button));
    row.dataset.path = path;
    const top = answer?.genres?.[0];
    if (!answer) row.append(make("td", { className: "waiting", colSpan: 3, textContent: "waiting" }));
    else if (!top) row.append(make("td", { className: "failed", colSpan: 3, textContent: answer.error ?? "" }));
    else {
      const genre = make("td", {}, answer.no_music ? "no music" : top.genre);
      if (answer.unsure && !answer.no_music) genre.append(" ", make("span", { className: "unsure", textContent: "unsure" }));
      const number = make("td", { className: "number", textContent: percent(top.probability) });
      const length = make("td", { className: "number wide", textContent: clock(answer.seconds ?? 0) });
      row.append(genre, number, length);
    }
    return row;
  }

  /** The table of `genrenet classify --csv --attributes`, of the songs that are shown. */
  csv() {
    const { genres, attributes } = this.model;
    const heads = ["path", "seconds", "unsure", "genre", ...genres, ...attributes, "no_music", "error"];
    const lines = this.listed().flatMap(({ answer }) => (answer ? [this.line(answer)] : []));
    return [heads.map(quoted).join(","), ...lines].join("\n") + "\n";
  }

  /** @param {import("./main.js").Answer} answer */
  line(answer) {
    const genre = new Map(answer.genres?.map(({ genre, probability }) => [genre, probability]));
    const attribute = new Map(answer.attributes?.map(({ attribute, probability }) => [attribute, probability]));
    const number = (/** @type {number | undefined} */ value, /** @type {number} */ digits) => value?.toFixed(digits) ?? "";
    return [
      answer.path,
      number(answer.seconds, 3),
      answer.unsure ?? "",
      answer.genres?.[0].genre ?? "",
      ...this.model.genres.map((/** @type {string} */ name) => number(genre.get(name), 4)),
      ...this.model.attributes.map((/** @type {string} */ name) => number(attribute.get(name), 4)),
      answer.no_music ?? "",
      answer.error ?? "",
    ].map((field) => quoted(String(field))).join(",");
  }

  /** A playlist of the songs that are shown and could be read. */
  m3u() {
    const read = this.listed().filter(({ answer }) => answer?.genres);
    const entry = (/** @type {Song} */ { path, answer }) => {
      const title = path.slice(path.lastIndexOf("/") + 1).replace(/\.[^.]+$/, "");
      // A name may hold a line break, which would end the entry.
      return `#EXTINF:${Math.round(answer?.seconds ?? -1)},${title.replace(/[\r\n]/g, " ")}\n${path}`;
    };
    return ["#EXTM3U", ...read.filter(({ path }) => !/[\r\n]/.test(path)).map(entry)].join("\n") + "\n";
  }
}

/** The genre by which a song is filtered. @param {Song} song */
function group({ answer }) {
  if (!answer) return "";
  if (!answer.genres) return "not read";
  if (answer.no_music) return "no music";
  return answer.unsure ? "unsure" : answer.genres[0].genre;
}

/** @param {string} field */
function quoted(field) {
  return /[",\r\n]/.test(field) ? `"${field.replaceAll('"', '""')}"` : field;
}

/** @param {string} name @param {string} type @param {string} text */
function download(name, type, text) {
  const url = URL.createObjectURL(new Blob([text], { type }));
  make("a", { href: url, download: name }).click();
  setTimeout(() => URL.revokeObjectURL(url), 10_000);
}
