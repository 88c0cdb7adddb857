// Asks for suggestions, one segment at a time, and only for what a person has in front of them: what is asked
// for counts as shown.

import { post } from "./api.js";

/** @typedef {import("./types.js").Suggestion} Suggestion */

/** Segments that are only passed over are not asked for. */
const LINGER = 220;

export class Suggestions {
  /** @type {Map<string, Suggestion>} */
  #known = new Map();
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
   * @param {{soon?: boolean, anew?: boolean}} [options] `soon`: wait whether the person stays; `anew`: even if one is here
   */
  want(segment, { soon = false, anew = false } = {}) {
    this.leave();
    if (this.#known.has(segment.segment_id) && !anew) return;
    this.asking = segment.segment_id;
    this.#timer = setTimeout(() => this.#ask(segment), soon ? LINGER : 0);
  }

  /** Stop asking: the person has moved on. */
  leave() {
    clearTimeout(this.#timer);
    this.asking = "";
  }

  /** @param {import("./types.js").Segment} segment */
  async #ask(segment) {
    const { segment_id: id, document_id, position, text, speaker } = segment;
    try {
      const answer = await post("/suggestions", { project: this.project, segments: [{ document_id, position, text, speaker }] });
      this.#known.set(id, answer.suggestions[0]);
      this.failed.delete(id);
    } catch {
      this.failed.add(id);
    }
    if (this.asking === id) this.asking = "";
    this.oncome(id);
  }
}
