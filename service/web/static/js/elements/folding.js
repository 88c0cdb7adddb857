// A codebook from a file of another tool: its tree of codes, each branch a dimension, named as the person says.

import { ask, newest } from "../api.js";
import { announce, counted, h } from "../dom.js";

export class Folding {
  #newestReading = newest();
  /** Names of dimensions that the person wrote, by branch. @type {Record<string, string>} */
  #said = {};

  /** @param {(codebook: object | null) => void} onbook called with what was read, or null where nothing can be */
  constructor(onbook) {
    this.onbook = onbook;
    this.problem = h("p", { class: "problem", id: "folding-problem", role: "alert", hidden: true });
    this.list = h("ul", { class: "folding" });
    this.element = h("div", { class: "folding-box", hidden: true }, this.problem, this.list);
  }

  /** @param {File} file */
  async take(file) {
    this.file = file;
    this.#said = {};
    this.list.replaceChildren();
    await this.#read();
  }

  async #read() {
    this.element.hidden = false;
    this.onbook(null);
    const form = new FormData();
    form.append("file", this.file, this.file.name);
    form.append("dimensions", JSON.stringify(this.#said));
    try {
      const read = await this.#newestReading(ask("POST", "/codebooks/readings", { form }));
      if (!read) return;
      this.problem.hidden = true;
      this.#show(read);
      this.onbook(read.codebook);
    } catch (error) {
      this.problem.textContent = /** @type {Error} */ (error).message;
      this.problem.hidden = false;
    }
  }

  /** @param {{codebook: any, preview: {branches: Record<string, string>}}} read */
  #show({ codebook, preview }) {
    const sizes = new Map(Object.entries(codebook.dimensions).map(([id, d]) => [id, Object.keys(/** @type {any} */ (d).codes).length]));
    const focus = document.activeElement?.id;
    const rows = Object.entries(preview.branches).map(([branch, dimension], index) => this.#row(branch, dimension, index, sizes));
    this.list.replaceChildren(...rows);
    announce(`${this.file.name}: ${counted(sizes.size, "dimension")}.`);
    if (focus?.startsWith("folding-")) document.getElementById(focus)?.focus();
  }

  /** @param {string} branch @param {string} dimension @param {number} index @param {Map<string, number>} sizes */
  #row(branch, dimension, index, sizes) {
    const id = `folding-${index}`;
    const input = /** @type {HTMLInputElement} */ (h("input", { id, maxlength: 200, autocomplete: "off", "aria-describedby": `${id}-hint` }));
    input.value = dimension;
    input.addEventListener("change", () => {
      this.#said = { ...this.#said, [branch]: input.value.trim() };
      void this.#read();
    });
    const size = sizes.get(dimension);
    const says = !dimension ? "left out" : size === undefined ? "no code in it" : counted(size, "code");
    return h("li", {}, h("label", { for: id }, branch || "Codes without a branch"), h("span", { class: "folding-becomes" }, input, h("small", { id: `${id}-hint` }, says)));
  }
}
