/**
 * Workers that share the tasks: as many at once as the machine has threads, each started when it is needed. One that meets a
 * fault of the module, or whose task is cancelled, is ended, and another one takes its place.
 */

/** Memory above which a worker is not kept: WebAssembly's never shrinks. */
const MOST_MEMORY = 768 * 1024 * 1024;
/** Each needs some 60 MB. */
const MOST_WORKERS = 8;

/** A task was cancelled. */
export class Cancelled extends Error {}

/**
 * @typedef {{message: any, resolve: (value: any) => void, reject: (why: Error) => void, progress?: (share: number) => void}} Waiting
 * @typedef {{worker: Worker, ready: boolean, task: Waiting | null}} Place
 */

export class Pool {
  /** @param {Promise<WebAssembly.Module>} module */
  constructor(module) {
    this.module = module;
    this.size = Math.max(1, Math.min(navigator.hardwareConcurrency || 2, MOST_WORKERS));
    /** @type {Place[]} */
    this.places = [];
    /** @type {Waiting[]} */
    this.waiting = [];
    this.next = 1;
    /** Called once, with what the module says of its model. @type {(model: any) => void} */
    this.onmodel = () => {};
  }

  /**
   * Runs a task; `first` before all that wait.
   * @param {object} message @param {{first?: boolean, signal?: AbortSignal, progress?: (share: number) => void}} [options]
   * @returns {Promise<{given: any, milliseconds: number}>}
   */
  run(message, { first = false, signal, progress } = {}) {
    return new Promise((resolve, reject) => {
      if (signal?.aborted) return reject(new Cancelled());
      const waiting = { message: { ...message, id: this.next++ }, resolve, reject, progress };
      if (first) this.waiting.unshift(waiting);
      else this.waiting.push(waiting);
      signal?.addEventListener("abort", () => this.cancel(waiting), { once: true });
      this.feed();
    });
  }

  /** @param {Waiting} task */
  cancel(task) {
    const at = this.waiting.indexOf(task);
    if (at >= 0) this.waiting.splice(at, 1);
    const place = this.places.find((place) => place.task === task);
    if (place) this.end(place);
    task.reject(new Cancelled());
    this.feed();
  }

  /** Gives waiting tasks to workers that are free. */
  feed() {
    while (this.waiting.length > 0) {
      let place = this.places.find((place) => place.ready && !place.task);
      if (!place) {
        const starting = this.places.filter((place) => !place.ready).length;
        if (this.places.length < this.size && starting < this.waiting.length) this.start();
        return;
      }
      const task = /** @type {Waiting} */ (this.waiting.shift());
      place.task = task;
      place.worker.postMessage(task.message);
    }
  }

  start() {
    const worker = new Worker(new URL("worker.js", import.meta.url), { type: "module" });
    /** @type {Place} */
    const place = { worker, ready: false, task: null };
    this.places.push(place);
    worker.onmessage = ({ data }) => this.heard(place, data);
    worker.onerror = (event) => this.heard(place, { broken: event.message || "the worker can't be started" });
    this.module.then(
      (module) => worker.postMessage({ id: 0, module }),
      (why) => this.heard(place, { broken: `the model can't be loaded: ${why.message}` }),
    );
  }

  /** @param {Place} place @param {any} data */
  heard(place, data) {
    if (!this.places.includes(place)) return;
    const task = place.task;
    if (data.progress !== undefined) return task?.progress?.(data.progress);
    if (data.broken) {
      this.end(place);
      // One that could not be started will not be started for others either.
      const lost = place.ready ? [task] : this.waiting.splice(0);
      for (const one of lost) one?.reject(new Error(data.broken));
    } else if (!place.ready) {
      place.ready = true;
      this.onmodel(data.given.model);
    } else {
      place.task = null;
      task?.resolve(data);
      if (data.memory > MOST_MEMORY) this.end(place);
    }
    this.feed();
  }

  /** @param {Place} place */
  end(place) {
    place.worker.terminate();
    this.places = this.places.filter((other) => other !== place);
  }
}
