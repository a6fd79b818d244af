// Classifies a recording with the WebAssembly build of the libraries: node web_assembly.mjs MODULE BUNDLE RECORDING.
import { readFileSync } from "node:fs";

const [module, bundle, recording] = process.argv.slice(2);
const { instance } = await WebAssembly.instantiate(readFileSync(module), {});
const { push, classify, probability, genre_length, genre_byte, unsure } = instance.exports;
const files = ["model.toml", "weights.safetensors", "learned_rows.bin"].map((name) => `${bundle}/${name}`);
[...files, recording].forEach((file, slot) => readFileSync(file).forEach((byte) => push(slot, byte)));
const genres = classify();
if (genres < 0) throw new Error("the recording was not classified");
const name = (rank) =>
  String.fromCharCode(...Array.from({ length: genre_length(rank) }, (_, at) => genre_byte(rank, at)));
const top = [0, 1, 2].map((rank) => `${name(rank)} ${(100 * probability(rank)).toFixed(1)} %`).join(", ");
console.log(unsure() ? `unsure (${top})` : top);
