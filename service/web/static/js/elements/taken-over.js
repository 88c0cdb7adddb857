// The files whose codings a project took over, and taking one back.

import { all, ask, projectPath } from "../api.js";
import { announce, counted, h } from "../dom.js";
import { day } from "../moments.js";
import { leftBehind } from "./coded-file.js";

/** @typedef {{import_id: string, file: string, tool: string, coded_by: string, unselected: string | null,
 *   imported_by: string | null, imported_at: string, ended: boolean,
 *   left: import("../coded-files.js").Left[] | null}} Taken */

export class TakenOver {
  /** @param {string} project */
  constructor(project) {
    this.project = project;
    this.list = h("ul", { class: "taken" });
    this.dialog = /** @type {HTMLDialogElement} */ (h("dialog", { class: "dialog", "aria-labelledby": "withdraw-title" }));
    this.title = h("h2", { id: "taken-title", tabindex: "-1" }, "Brought before");
    this.element = h("section", { "aria-labelledby": "taken-title", hidden: true }, this.title, this.list, this.dialog);
  }

  async load() {
    /** @type {Taken[]} */
    const every = await all(`${projectPath(this.project)}/imports`);
    this.element.hidden = !every.length;
    this.list.replaceChildren(...every.reverse().map((one) => this.#row(one)));
  }

  /** @param {Taken} one */
  #row(one) {
    const says = [one.tool, one.coded_by, `brought ${day(one.imported_at)}${one.imported_by ? ` by ${one.imported_by}` : ""}`, one.ended && "counts no longer"].filter(Boolean);
    return h(
      "li",
      { class: one.ended ? "is-ended" : "" },
      h("div", {}, h("h3", {}, one.file), h("p", { class: "aside" }, says.join(" · ")), one.left && one.left.length > 0 && h("details", { class: "others" }, h("summary", {}, "What did not come along"), leftBehind(one.left, ""))),
      !one.ended && h("button", { type: "button", class: "outlined", "aria-label": `Withdraw ${one.file}`, onclick: () => this.#askFirst(one) }, "Withdraw…"),
    );
  }

  /** @param {Taken} one */
  #askFirst(one) {
    const problem = h("p", { class: "problem", role: "alert", hidden: true });
    const withdraw = async () => {
      try {
        await ask("DELETE", `${projectPath(this.project)}/imports/${one.import_id}`);
      } catch (error) {
        problem.textContent = /** @type {Error} */ (error).message;
        problem.hidden = false;
        return;
      }
      this.dialog.close();
      await this.load();
      this.title.focus();
      announce(`The codings of ${one.file} count no longer.`);
    };
    this.dialog.replaceChildren(
      h("h2", { id: "withdraw-title" }, `Withdraw ${one.file}?`),
      h("p", {}, "Its codings train no further model and count in no agreement. The documents that came with it stay, and so does the record that it was brought. Models that were trained on it stay as they are."),
      problem,
      h("p", { class: "dialog-acts" }, h("button", { type: "button", class: "quiet", onclick: () => this.dialog.close() }, "Keep it"), h("button", { type: "button", class: "inked", onclick: withdraw }, "Withdraw")),
    );
    this.dialog.showModal();
  }
}

/** @param {any} taken what became of a file @param {string} models where to train on it */
export function becameOf(taken, models) {
  const { file, kept, codings, segment_codings: coded, documents, left, notes, unchanged } = taken;
  const fresh = documents.filter((/** @type {any} */ d) => !d.unchanged);
  const says = unchanged
    ? "It was brought before, and in the same way: nothing changed."
    : `${kept.toLocaleString("en")} of ${counted(codings, "coding")} kept, to the character. They come to ${counted(coded, "coding")} of segments, one for each segment, dimension and coder. ${fresh.length ? `${counted(fresh.length, "new document")}.` : "No new document."}`;
  return [
    h("h2", { id: "became-title", tabindex: "-1" }, unchanged ? `${file} was here already` : `${file} is in`),
    h("p", { class: "lede" }, says),
    ...[...new Set([...notes, ...documents.flatMap((/** @type {any} */ d) => d.notes)])].map((note) => h("p", { class: "aside" }, note)),
    h("h3", {}, "What did not come along"),
    leftBehind(left, "Nothing was left behind."),
    !unchanged && h("p", { class: "next" }, "Models can learn from it now: ", h("a", { href: models }, "train one on the Models page"), "."),
  ].filter(Boolean);
}
