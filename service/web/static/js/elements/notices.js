// Quiet strips under the header: what waits, what went wrong, what to do about it.

import { h } from "../dom.js";

class Notices extends HTMLElement {
  connectedCallback() {
    this.setAttribute("role", "region");
    this.setAttribute("aria-label", "Notices");
    this.setAttribute("aria-live", "polite");
  }

  /**
   * Show a notice, in place of an earlier one of the same kind.
   *
   * @param {string} kind
   * @param {string} text
   * @param {{act?: string, onact?: () => void, lasting?: boolean}} [options] a button, and whether it can be put away
   */
  show(kind, text, { act, onact, lasting = false } = {}) {
    const strip = h(
      "div",
      { class: `notice notice-${kind}`, "data-kind": kind },
      h("p", {}, text),
      act && h("button", { type: "button", class: "quiet", onclick: onact }, act),
      !lasting && h("button", { type: "button", class: "quiet", onclick: () => this.hide(kind) }, "Put away"),
    );
    this.hide(kind);
    this.append(strip);
  }

  /** @param {string} kind @returns {boolean} whether there was such a notice */
  hide(kind) {
    const strip = this.querySelector(`[data-kind="${kind}"]`);
    strip?.remove();
    return !!strip;
  }
}

customElements.define("inkling-notices", Notices);

/** @returns {Notices} */
export const notices = () => /** @type {any} */ (document.querySelector("inkling-notices"));
