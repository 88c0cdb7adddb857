// What a person is choosing on one segment, until they confirm. Nothing is chosen to begin with.

import { same, toggled } from "./codebook.js";

/** @typedef {import("./types.js").Dimension} Dimension */
/** @typedef {import("./types.js").Own} Own */
/** @typedef {import("./types.js").Draft} Draft */

export class Choosing {
  /** The dimension that was answered last. @type {Dimension | null} */
  #last = null;

  /**
   * @param {Own | null} own what they have decided before
   * @param {Draft} [draft] what they had chosen when they left the segment
   */
  constructor(own, draft) {
    this.own = own;
    this.codes = structuredClone(draft?.codes ?? own?.codes ?? {});
    this.memo = draft?.memo ?? own?.memo ?? "";
  }

  /** Whether it differs from what is decided. */
  get changed() {
    if (!this.own) return Object.keys(this.codes).length > 0 || this.memo !== "";
    return !same(this.codes, this.own.codes) || this.memo !== (this.own.memo ?? "");
  }

  /** @returns {Draft} */
  get draft() {
    return { codes: this.codes, memo: this.memo };
  }

  /**
   * Choose a code, or take it back.
   *
   * @param {Dimension} dimension
   * @param {string} code
   */
  toggle(dimension, code) {
    this.#set(dimension, toggled(dimension, this.codes[dimension.id], code));
  }

  /**
   * Say of one dimension that none applies, or take it back.
   *
   * @param {Dimension} dimension
   */
  toggleNone(dimension) {
    this.#set(dimension, this.codes[dimension.id]?.length === 0 ? undefined : []);
  }

  /**
   * The key for "none applies": in the dimension the digits were pointed at; else in every required dimension
   * that has no answer yet; else, all being answered, in the one answered last.
   *
   * @param {Dimension[]} dimensions
   * @param {Dimension | null} pointed
   * @returns {Dimension[]} the dimensions it spoke of
   */
  none(dimensions, pointed) {
    if (pointed) {
      this.toggleNone(pointed);
      return [pointed];
    }
    const required = dimensions.some((d) => d.required) ? dimensions.filter((d) => d.required) : dimensions;
    const open = required.filter((d) => !this.codes[d.id]);
    if (open.length) {
      open.forEach((d) => this.#set(d, []));
      return open;
    }
    const all = required.every((d) => this.codes[d.id].length === 0);
    const about = all ? required : [this.#last ?? required[0]];
    about.forEach((d) => this.toggleNone(d));
    return about;
  }

  /** @param {Dimension} dimension @param {string[] | undefined} codes */
  #set(dimension, codes) {
    this.#last = dimension;
    if (codes) this.codes[dimension.id] = codes;
    else delete this.codes[dimension.id];
  }
}
