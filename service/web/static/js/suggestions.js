// Asks for suggestions, one segment at a time, and only for what a person has in front of them: what is asked
// for counts as shown.

import { post } from "./api.js";

/** @typedef {import("./types.js").Suggestion} Suggestion */

/** Segments that are only passed over are not asked for. */
const LINGER = 220;

export class Suggestions {
  /** @type {Map<string, Suggestion>} */
  #known = new Map();
  /** Which question's answer counts, by segment; an answer to an earlier one comes too late. @type {Map<string, symbol>} */
  #awaited = new Map();
  #timer = 0;

  /** @param {string} project @param {(segmentId: string) => void} oncome called when one has come, or has failed to */
  constructor(project, oncome) {
    this.project = project;
    this.oncome = oncome;
    /** The segment that is being asked for. */
    this.asking = "";
    /** Segments for which none could be had. */
    this.failed = new Set();
  }

  /** @param {string} segmentId @returns {Suggestion | null} */
  of(segmentId) {
    return this.#known.get(segmentId) ?? null;
  }

  /**
   * Ask for a segment's suggestion unless it is here.
   *
   * @param {import("./types.js").Segment} segment
   * @param {{soon?: boolean}} [options] `soon`: wait whether the person stays
   */
  want(segment, { soon = false } = {}) {
    this.leave();
    if (this.#known.has(segment.segment_id)) return;
    this.asking = segment.segment_id;
    this.#timer = setTimeout(() => this.#ask(segment), soon ? LINGER : 0);
  }

  /** Stop asking: the person has moved on. */
  leave() {
    clearTimeout(this.#timer);
    this.asking = "";
  }

  /**
   * What was said of a segment, or is being said, no longer holds.
   *
   * @param {string} segmentId
   */
  forget(segmentId) {
    if (this.asking === segmentId) this.leave();
    this.#known.delete(segmentId);
    this.#awaited.delete(segmentId);
  }

  /** @param {import("./types.js").Segment} segment */
  async #ask(segment) {
    const { segment_id: id, document_id, position, text, speaker } = segment;
    const question = Symbol(id);
    this.#awaited.set(id, question);
    const answer = await this.#answer({ document_id, position, text, speaker });
    if (this.#awaited.get(id) !== question) return;
    if (answer) this.#known.set(id, answer);
    if (answer) this.failed.delete(id);
    else this.failed.add(id);
    if (this.asking === id) this.asking = "";
    this.oncome(id);
  }

  /** @param {object} asked @returns {Promise<Suggestion | null>} null if none could be had */
  async #answer(asked) {
    try {
      return (await post("/suggestions", { project: this.project, segments: [asked] })).suggestions[0];
    } catch {
      return null;
    }
  }
}
