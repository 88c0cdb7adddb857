// A place to drop files on, with a button for those who'd rather choose them. Fires `files`.

import { announce, h } from "../dom.js";

class Drop extends HTMLElement {
  connectedCallback() {
    if (this.firstChild) return;
    const accept = this.getAttribute("accept") ?? "";
    const input = /** @type {HTMLInputElement} */ (
      h("input", { type: "file", accept, multiple: this.hasAttribute("multiple"), hidden: true, "aria-label": "Files" })
    );
    input.addEventListener("change", () => {
      this.#tell(input.files);
      input.value = "";
    });
    const what = this.hasAttribute("multiple") ? "files" : "a file";
    this.place = h(
      "div",
      { class: "drop" },
      h("button", { type: "button", class: "outlined", onclick: () => input.click() }, `Choose ${what}`),
      h("span", {}, `or drop ${what === "files" ? "them" : "it"} here`),
      h("small", {}, this.dataset.says ?? accept.split(",").join("  ")),
      input,
    );
    this.append(this.place);
    for (const type of ["dragenter", "dragover", "dragleave", "drop"]) {
      this.addEventListener(type, (event) => this.#dragged(/** @type {DragEvent} */ (event)));
    }
  }

  /** @param {DragEvent} event */
  #dragged(event) {
    event.preventDefault();
    this.place.classList.toggle("is-over", event.type === "dragenter" || event.type === "dragover");
    if (event.type === "drop") this.#tell(event.dataTransfer?.files);
  }

  /** @param {FileList | null | undefined} list */
  #tell(list) {
    const files = [...(list ?? [])];
    if (!files.length) return;
    announce(files.length === 1 ? `Reading ${files[0].name}…` : `Reading ${files.length} files…`);
    this.dispatchEvent(new CustomEvent("files", { detail: { files } }));
  }
}

customElements.define("inkling-drop", Drop);
