// In which order a project's queue offers its segments: what it says to a coder, and a researcher's choice.

import { announce, h } from "../dom.js";

const SAYS = {
  transcript: { title: "As the transcripts have them", about: "One transcript after the other, from its beginning." },
  teaching: {
    title: "First what teaches the model most",
    about: "The segments it is least sure of, no two alike in a row, from all transcripts. A fifth comes by lot, so that the model can still be measured fairly.",
  },
};

/** @param {string} order */
export const aboutOrder = (order) => h("p", {}, `${SAYS[order].title}. ${SAYS[order].about}`);

export class OrderChoice {
  /**
   * @param {string} order the order now
   * @param {(order: string) => Promise<void>} choose stores another
   */
  constructor(order, choose) {
    this.order = order;
    this.choose = choose;
    this.problem = h("p", { class: "hint", role: "alert" });
    const legend = h("legend", { class: "unseen" }, "Which segments next");
    this.element = h("fieldset", { class: "choices", onchange: (/** @type {any} */ event) => this.#change(event.target) }, legend, ...Object.keys(SAYS).map((name) => this.#option(name)), this.problem);
  }

  /** @param {string} name */
  #option(name) {
    const { title, about } = SAYS[name];
    const input = h("input", { type: "radio", name: "order", value: name, checked: name === this.order });
    return h("label", { class: "choice" }, input, h("span", {}, title, h("small", {}, about)));
  }

  /** @param {HTMLInputElement} input */
  async #change(input) {
    this.problem.textContent = "";
    try {
      await this.choose(input.value);
      this.order = input.value;
      announce(`Segments now come so: ${SAYS[input.value].title}.`);
    } catch (error) {
      /** @type {HTMLInputElement} */ (this.element.querySelector(`[value=${this.order}]`)).checked = true;
      this.problem.textContent = /** @type {Error} */ (error).message;
    }
  }
}
