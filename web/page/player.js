/** Plays the open song, from where a person points. */

import { byId, clock, make } from "./words.js";

/** What an arrow key moves by, in seconds. */
const STEP = 5;
/** Parts into which the times below the pictures divide the song. */
const TICKS = 4;

export class Player {
  constructor() {
    this.audio = /** @type {HTMLAudioElement} */ (byId("audio"));
    this.timeline = byId("timeline");
    this.length = 0;
    this.playable = true;
    this.audio.addEventListener("timeupdate", () => this.moved());
    this.audio.addEventListener("error", () => this.audio.hasAttribute("src") && this.refuse());
    // Where only a picture of the file can be played, there is no sound of it either.
    this.audio.addEventListener("loadedmetadata", () => Number.isNaN(this.audio.duration) && this.refuse());
    this.timeline.addEventListener("click", (event) => this.playFrom(this.timeAt(event)));
    this.timeline.addEventListener("pointermove", (event) => this.point(event));
    this.timeline.addEventListener("pointerleave", () => (byId("pointed").hidden = true));
    this.timeline.addEventListener("keydown", (event) => this.pressed(event));
    byId("pointed").hidden = true;
  }

  /** @param {File} file */
  open(file) {
    this.close();
    this.playable = true;
    this.audio.hidden = false;
    byId("no-audio").hidden = true;
    this.url = URL.createObjectURL(file);
    this.audio.src = this.url;
    this.moved();
  }

  close() {
    this.audio.pause();
    this.audio.removeAttribute("src");
    this.audio.load();
    if (this.url) URL.revokeObjectURL(this.url);
    this.url = "";
  }

  /** The length of the song, as the model found it. @param {number} length */
  seconds(length) {
    this.length = length;
    this.timeline.setAttribute("aria-valuemax", length.toFixed(0));
    const ticks = Array.from({ length: TICKS + 1 }, (_, at) => make("span", { textContent: clock((at / TICKS) * length) }));
    byId("axis").replaceChildren(...ticks);
    this.moved();
  }

  refuse() {
    this.playable = false;
    this.audio.hidden = true;
    byId("no-audio").hidden = false;
  }

  /** @param {number} time */
  playFrom(time) {
    this.go(time);
    // A browser may refuse to play before a click, or at all.
    if (this.playable) this.audio.play().catch(() => {});
  }

  /** @param {number} time */
  go(time) {
    if (!this.playable) return;
    this.audio.currentTime = Math.max(0, Math.min(time, this.length - 0.1));
    this.moved();
  }

  moved() {
    const time = this.audio.currentTime || 0;
    byId("playhead").style.left = `${this.length > 0 ? Math.min(100, (100 * time) / this.length) : 0}%`;
    this.timeline.setAttribute("aria-valuenow", time.toFixed(0));
    this.timeline.setAttribute("aria-valuetext", `${clock(time)} of ${clock(this.length)}`);
  }

  /** @param {MouseEvent} event */
  timeAt(event) {
    const { left, width } = this.timeline.getBoundingClientRect();
    return (Math.max(0, Math.min(1, (event.clientX - left) / width))) * this.length;
  }

  /** @param {PointerEvent} event */
  point(event) {
    const pointed = byId("pointed");
    const time = this.timeAt(event);
    pointed.hidden = this.length === 0;
    pointed.textContent = clock(time);
    pointed.style.left = `${(100 * time) / this.length}%`;
    pointed.classList.toggle("right", time > 0.85 * this.length);
  }

  /** @param {KeyboardEvent} event */
  pressed(event) {
    const time = this.audio.currentTime || 0;
    /** @type {Record<string, () => void>} */
    const keys = {
      ArrowRight: () => this.go(time + STEP),
      ArrowUp: () => this.go(time + STEP),
      ArrowLeft: () => this.go(time - STEP),
      ArrowDown: () => this.go(time - STEP),
      PageUp: () => this.go(time + 6 * STEP),
      PageDown: () => this.go(time - 6 * STEP),
      Home: () => this.go(0),
      End: () => this.go(this.length - STEP),
      " ": () => (this.audio.paused ? this.playFrom(time) : this.audio.pause()),
      Enter: () => this.playFrom(time),
    };
    const act = keys[event.key];
    if (!act || event.ctrlKey || event.metaKey || event.altKey) return;
    event.preventDefault();
    act();
  }
}
