// Keeps decisions until the server has stored them: one at a time, in order, each with its own
// Idempotency-Key, so that a repeat after a lost answer changes nothing.

import { post, Unreachable } from "./api.js";

const FIRST_WAIT = 1500;
const LONGEST_WAIT = 30000;

export class Outbox extends EventTarget {
  #waiting = [];
  #busy = false;
  #wait = FIRST_WAIT;
  #timer = 0;

  constructor() {
    super();
    addEventListener("online", () => this.retry());
    addEventListener("beforeunload", (event) => this.#waiting.length && event.preventDefault());
  }

  /** How many decisions are not stored yet. */
  get size() {
    return this.#waiting.length;
  }

  /**
   * Send a decision; resolves with the server's answer, rejects with a Problem if it refuses.
   *
   * @param {string} segmentId
   * @param {object} decision
   * @returns {Promise<any>}
   */
  send(segmentId, decision) {
    return new Promise((resolve, reject) => {
      this.#waiting.push({ segmentId, decision, key: crypto.randomUUID(), resolve, reject });
      void this.#run();
    });
  }

  /** Try again now. */
  retry() {
    clearTimeout(this.#timer);
    this.#timer = 0;
    void this.#run();
  }

  async #run() {
    if (this.#busy || this.#timer) return;
    this.#busy = true;
    while (this.#waiting.length && (await this.#sendFirst()));
    this.#busy = false;
    if (this.#waiting.length) this.#later();
  }

  /** @returns {Promise<boolean>} whether to go on with the next */
  async #sendFirst() {
    const first = this.#waiting[0];
    try {
      first.resolve(await post(`/segments/${encodeURIComponent(first.segmentId)}/decisions`, first.decision, { key: first.key }));
    } catch (error) {
      if (error instanceof Unreachable) return false;
      first.reject(error);
    }
    this.#waiting.shift();
    this.#wait = FIRST_WAIT;
    this.#tell();
    return true;
  }

  #later() {
    this.#tell(true);
    this.#timer = setTimeout(() => this.retry(), this.#wait);
    this.#wait = Math.min(this.#wait * 2, LONGEST_WAIT);
  }

  #tell(offline = false) {
    this.dispatchEvent(new CustomEvent("change", { detail: { waiting: this.#waiting.length, offline } }));
  }
}
