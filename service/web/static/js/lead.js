// Where the queue leads a person who follows it, in a project whose queue comes in the order that teaches most.

import { get, projectPath } from "./api.js";

/** How many segments are asked for at once. */
const AT_ONCE = 20;

/** @typedef {{segment_id: string, document_id: string, kind: string}} Item */

export class Lead {
  /** @type {Item[]} */
  #ahead = [];

  /** @param {string} project */
  constructor(project) {
    this.project = project;
  }

  /**
   * What comes next; null where nothing is left.
   *
   * @param {(segmentId: string) => boolean} waits as far as the page knows
   * @returns {Promise<Item | null>}
   */
  async next(waits) {
    const left = () => this.#ahead.filter((item) => item.kind === "code" && waits(item.segment_id));
    this.#ahead = left();
    if (!this.#ahead.length) {
      this.#ahead = (await get(`${projectPath(this.project)}/queue?limit=${AT_ONCE}`)).items;
      this.#ahead = left();
    }
    return this.#ahead[0] ?? null;
  }
}
