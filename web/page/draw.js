/** Pictures on canvases. Colours that depend on light or dark are read from the style sheet. */

/** Sixteen steps of matplotlib's "magma" (Smith and van der Walt 2015, CC0): even in lightness for every kind of sight. */
const MAGMA = [
  0x000004, 0x0b0924, 0x20114b, 0x3b0f70, 0x57157e, 0x721f81, 0x8c2981, 0xa8327d, 0xc43c75, 0xde4968, 0xf1605d, 0xfa7f5e,
  0xfe9f6d, 0xfebf84, 0xfddea0, 0xfcfdbf,
];
/** The scale for each of 256 levels. */
const SCALE = Array.from({ length: 256 }, (_, level) => {
  const at = (level / 255) * (MAGMA.length - 1);
  const step = Math.min(Math.floor(at), MAGMA.length - 2);
  return [16, 8, 0].map((shift) => {
    const [low, high] = [MAGMA[step], MAGMA[step + 1]].map((colour) => (colour >> shift) & 255);
    return Math.round(low + (high - low) * (at - step));
  });
});
/** Counts for, and against: told apart by every kind of sight. */
const FOR = [255, 138, 0];
const AGAINST = [64, 156, 255];

/**
 * A picture of the module (web/src/picture.rs).
 * @typedef {{columns: number, rows: number, low: number, high: number, start: number, seconds: number, levels: Uint8Array}} Picture
 * @param {ArrayBuffer} bytes @returns {Picture}
 */
export function picture(bytes) {
  const head = new DataView(bytes);
  const [low, high, start, seconds] = [8, 12, 16, 20].map((at) => head.getFloat32(at, true));
  const [columns, rows] = [head.getUint32(0, true), head.getUint32(4, true)];
  return { columns, rows, low, high, start, seconds, levels: new Uint8Array(bytes, 24) };
}

/** A colour of the style sheet. @param {string} name */
export function colour(name) {
  return getComputedStyle(document.documentElement).getPropertyValue(name).trim();
}

/** Sizes a canvas to the pixels that it covers; returns what draws on it, in the style sheet's pixels. @param {HTMLCanvasElement} canvas */
function sized(canvas) {
  const { clientWidth: width, clientHeight: height } = canvas;
  const scale = devicePixelRatio || 1;
  canvas.width = Math.round(width * scale);
  canvas.height = Math.round(height * scale);
  const context = /** @type {CanvasRenderingContext2D} */ (canvas.getContext("2d"));
  context.scale(scale, scale);
  return { context, width, height };
}

/** @param {Picture} of @param {(level: number, at: number) => number[]} colourOf */
function bitmap(of, colourOf) {
  const pixels = new ImageData(of.columns, of.rows);
  of.levels.forEach((level, at) => {
    const [red, green, blue] = colourOf(level, at);
    pixels.data.set([red, green, blue, 255], 4 * at);
  });
  const canvas = document.createElement("canvas");
  [canvas.width, canvas.height] = [of.columns, of.rows];
  canvas.getContext("2d")?.putImageData(pixels, 0, 0);
  return canvas;
}

/** The spectrogram of a song, with some frequencies written beside it. @param {HTMLCanvasElement} canvas @param {Picture | null} of */
export function drawSpectrogram(canvas, of) {
  const { context, width, height } = sized(canvas);
  context.fillStyle = "#0b0924";
  context.fillRect(0, 0, width, height);
  if (!of) return;
  context.drawImage(bitmap(of, (level) => SCALE[level]), 0, 0, width, height);
  const mel = (/** @type {number} */ hz) => (hz < 1000 ? (3 * hz) / 200 : 15 + Math.log(hz / 1000) / (Math.log(6.4) / 27));
  const [low, high] = [mel(of.low), mel(of.high)];
  context.font = "11px system-ui, sans-serif";
  context.textBaseline = "middle";
  for (const hz of [250, 1000, 4000, 10000]) {
    const y = height * (1 - (mel(hz) - low) / (high - low));
    if (y < 8 || y > height - 8) continue;
    context.fillStyle = "rgb(255 255 255 / 25%)";
    context.fillRect(0, Math.round(y), 6, 1);
    context.fillStyle = "rgb(0 0 0 / 55%)";
    const words = hz < 1000 ? `${hz} Hz` : `${hz / 1000} kHz`;
    context.fillRect(8, y - 8, context.measureText(words).width + 6, 16);
    context.fillStyle = "#fff";
    context.fillText(words, 11, y);
  }
}

/**
 * Probabilities along a song: each stretch reaches to the middle between it and its neighbours.
 * @typedef {{window_seconds: number, windows: {start: number, probabilities: number[]}[]}} Along
 * @param {Along} along @param {number} seconds @returns {[number, number][]}
 */
export function reaches({ windows, window_seconds }, seconds) {
  const middle = (/** @type {number} */ at) => windows[at].start + window_seconds / 2;
  const edge = (/** @type {number} */ at) => {
    if (at <= 0) return 0;
    return at >= windows.length ? seconds : (middle(at - 1) + middle(at)) / 2;
  };
  return windows.map((_, at) => [edge(at), edge(at + 1)]);
}

/**
 * Lines of some genres along the song.
 * @param {HTMLCanvasElement} canvas @param {Along | null} along @param {number} seconds @param {{genre: number, colour: string}[]} lines
 */
export function drawAlong(canvas, along, seconds, lines) {
  const { context, width, height } = sized(canvas);
  const [top, bottom] = [8, height - 6];
  context.strokeStyle = colour("--line");
  for (const share of [0, 0.5, 1]) {
    const y = Math.round(bottom - share * (bottom - top)) + 0.5;
    context.strokeRect(0, y, width, 0);
  }
  if (!along) return;
  const x = (/** @type {number} */ time) => (time / seconds) * width;
  for (const line of [...lines].reverse()) {
    const points = along.windows.map(({ start, probabilities }) => [
      x(start + along.window_seconds / 2),
      bottom - probabilities[line.genre] * (bottom - top),
    ]);
    if (points.length === 0) continue;
    points.unshift([0, points[0][1]]);
    points.push([width, points[points.length - 1][1]]);
    context.beginPath();
    points.forEach(([px, py]) => context.lineTo(px, py));
    context.strokeStyle = line.colour;
    context.lineWidth = 2;
    context.lineJoin = "round";
    context.stroke();
    context.lineTo(width, bottom);
    context.lineTo(0, bottom);
    context.globalAlpha = 0.12;
    context.fillStyle = line.colour;
    context.fill();
    context.globalAlpha = 1;
  }
}

/**
 * How probable a genre is in each stretch, and the stretches that decided.
 * @param {HTMLCanvasElement} canvas @param {Along | null} along @param {number} seconds @param {number} genre @param {number[]} decisive
 */
export function drawDecisive(canvas, along, seconds, genre, decisive) {
  const { context, width, height } = sized(canvas);
  context.fillStyle = colour("--track");
  context.fillRect(0, 0, width, height);
  if (!along) return;
  const all = reaches(along, seconds);
  context.fillStyle = colour("--accent");
  all.forEach(([from, to], at) => {
    context.globalAlpha = along.windows[at].probabilities[genre];
    context.fillRect((from / seconds) * width, 0, ((to - from) / seconds) * width + 0.5, height);
  });
  context.globalAlpha = 1;
  context.strokeStyle = colour("--text");
  context.lineWidth = 2;
  for (const at of decisive) {
    const { start } = along.windows[at];
    const from = (start / seconds) * width;
    const length = Math.max(4, (along.window_seconds / seconds) * width);
    context.strokeRect(Math.min(from, width - length) + 1, 1, length - 2, height - 2);
  }
}

/**
 * What counted for and against a genre in a segment, over its spectrogram in grey.
 * @param {HTMLCanvasElement} canvas @param {Picture} of @param {number[][]} weights - `[bands][frames]`, lowest band first
 */
export function drawDecided(canvas, of, weights) {
  const most = Math.max(1e-9, ...weights.map((row) => Math.max(...row.map(Math.abs))));
  const tinted = bitmap(of, (level, at) => {
    const [row, column] = [Math.floor(at / of.columns), at % of.columns];
    const weight = (weights[of.rows - 1 - row]?.[column] ?? 0) / most;
    const grey = 30 + 0.7 * level;
    const tint = weight > 0 ? FOR : AGAINST;
    const share = 0.65 * Math.min(1, Math.abs(weight)) ** 0.8;
    return tint.map((part) => Math.round(grey * (1 - share) + part * share));
  });
  [canvas.width, canvas.height] = [3 * of.columns, 3 * of.rows];
  const context = canvas.getContext("2d");
  if (!context) return;
  context.imageSmoothingEnabled = false;
  context.drawImage(tinted, 0, 0, canvas.width, canvas.height);
}
