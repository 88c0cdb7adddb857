// Bringing codings of other tools in: choose a file, see what it holds and what stays behind, say what only a person
// can say, import. The file stays in the browser; it is sent to be looked at, and nothing is stored before the import.

import { ask, newest, projectPath } from "../api.js";
import { ACCEPT, isTable, unsaid } from "../coded-files.js";
import { read } from "../codebook.js";
import { announce, byId, counted, h, pageOf, trail } from "../dom.js";
import { CodeFolding } from "./code-folding.js";
import { columns, held, noted, willStay } from "./coded-file.js";
import "./drop.js";
import { line, radios, select } from "./fields.js";
import { becameOf, TakenOver } from "./taken-over.js";

/** @typedef {import("../coded-files.js").Preview} Preview */

/** Milliseconds after a choice before the file is looked at again. */
const CALM = 250;

const UNSELECTED = [
  { value: "none", title: "No code applies there", about: "The coders read everything, and what they left unselected was meant to have no code. Models learn from that, too." },
  { value: "unknown", title: "Nobody knows", about: "Only passages that mattered were coded, or coding is not finished. What lies under no selection teaches nothing and counts nowhere." },
];

export class BringCodings {
  #newestLook = newest();
  #timer = 0;
  /** Whether what is shown is not yet what was chosen. */
  #waits = false;
  /** @type {Preview | null} */
  #seen = null;

  /**
   * @param {HTMLElement} view
   * @param {any} project
   * @param {import("../session.js").Session} session
   */
  constructor(view, project, session) {
    this.view = view;
    this.project = project;
    this.session = session;
    this.choices = unsaid();
    this.taken = new TakenOver(project.name);
    this.drop = h("inkling-drop", { id: "coded-file", accept: ACCEPT, "data-says": "REFI-QDA (.qdpx) from NVivo, ATLAS.ti, MAXQDA, Dedoose or QualCoder; projects of Taguette, RQDA and QualCoder; tables of coded excerpts" });
    this.drop.addEventListener("files", (/** @type {any} */ event) => void this.take(event.detail.files[0]));
    this.problem = refusal("file-problem");
    this.sheet = h("div", { class: "bring-sheet", hidden: true });
    this.became = h("section", { class: "became", "aria-labelledby": "became-title", hidden: true });
  }

  /** Lay out the page, for a file that was dropped elsewhere or for none yet. @param {File} [file] */
  async open(file) {
    const { name } = this.project;
    trail([{ name, href: pageOf(name) }, { name: "Bring codings" }]);
    if (!this.session.rights.research) {
      this.view.replaceChildren(h("h1", {}, "Bring codings"), h("p", { class: "lede" }, "Codings of other tools are brought in by the project's researchers."));
      return;
    }
    this.view.classList.add("bring");
    this.view.replaceChildren(
      h("h1", {}, "Bring codings"),
      h("p", { class: "lede" }, "What people coded in another tool, with its texts, its codes, and who gave which code to which words. It trains models and counts in agreement. It is never a final coding: only what people decide here is."),
      this.drop,
      h("p", { class: "aside" }, "The file is sent to be looked at, and nothing of it is stored before you import it."),
      this.problem,
      this.sheet,
      this.became,
      this.taken.element,
    );
    await this.taken.load();
    if (file) void this.take(file);
  }

  /** Begin with a file. @param {File} file */
  async take(file) {
    clearTimeout(this.#timer);
    this.#waits = false;
    this.file = file;
    this.choices = unsaid();
    this.#seen = null;
    this.became.hidden = true;
    this.sheet.hidden = true;
    this.#build();
    await this.#look(this.problem);
    if (this.#seen) byId("holds-title").focus();
  }

  /** The sections, empty yet, and the fields that are the person's alone. */
  #build() {
    const { dimensions } = read(this.project.codebook);
    this.folding = new CodeFolding(dimensions, this.choices, () => this.#soon(this.codeProblem));
    this.holds = h("div", {});
    this.left = h("div", {});
    this.columns = h("div", {});
    this.coders = h("div", { class: "coders" });
    this.questions = h("div", {});
    [this.columnProblem, this.codeProblem, this.importProblem] = ["column", "code", "import"].map((name) => refusal(`${name}-problem`));
    this.columnSection = part("columns", "What its columns hold", "Found by their titles; say so where one is wrong.", this.columnProblem, this.columns);
    this.sections = h(
      "div",
      {},
      part("codes", "What its codes become", null, this.codeProblem, this.folding.element),
      part("coders", "Who coded", "Whoever worked elsewhere stays a coder of their own. Say so where one of them is a member of this project.", this.coders),
      part("questions", "What only you can say", null, this.questions),
      this.#end(),
    );
    this.sheet.replaceChildren(part("holds", `What ${this.file.name} holds`, null, this.holds), part("left", "What will not come along", null, this.left), this.columnSection, this.sections);
  }

  #end() {
    this.why = h("div", { id: "why-not", class: "why-not" });
    this.button = /** @type {HTMLButtonElement} */ (h("button", { type: "button", class: "inked", "aria-describedby": "why-not", disabled: true, onclick: () => this.#import() }, "Import"));
    return h("div", { class: "bring-end" }, this.importProblem, this.button, this.why);
  }

  #form() {
    const form = new FormData();
    form.append("file", this.file, this.file.name);
    form.append("choices", JSON.stringify(this.choices));
    return form;
  }

  /** Look again once the person has stopped choosing. @param {HTMLElement} problem where a refusal is said */
  #soon(problem) {
    clearTimeout(this.#timer);
    this.#waits = true;
    this.button.disabled = true;
    this.#timer = setTimeout(() => void this.#look(problem), CALM);
  }

  /** @param {HTMLElement} problem */
  async #look(problem) {
    this.sheet.setAttribute("aria-busy", "true");
    try {
      const seen = await this.#newestLook(ask("POST", `${projectPath(this.project.name)}/coded-files`, { form: this.#form() }));
      if (!seen) return;
      this.#waits = false;
      this.#clear();
      this.#show(seen);
    } catch (error) {
      this.#refused(problem, /** @type {Error} */ (error));
    }
    this.sheet.removeAttribute("aria-busy");
  }

  #clear() {
    for (const problem of [this.problem, this.columnProblem, this.codeProblem, this.importProblem]) problem.hidden = true;
  }

  /** @param {HTMLElement} problem @param {Error} error */
  #refused(problem, error) {
    this.#clear();
    problem.textContent = error.message;
    problem.hidden = false;
    this.button.disabled = true;
    if (!this.#seen) this.#onlyColumns();
  }

  /** A table whose columns were not recognised can be helped; any other file can't. */
  #onlyColumns() {
    for (const section of this.sheet.children) /** @type {HTMLElement} */ (section).hidden = section !== this.columnSection;
    this.sheet.hidden = !isTable(this.file);
    this.columns.replaceChildren(columns(null, this.choices, (name, title) => this.#column(name, title)));
  }

  /** @param {string} name @param {string} title */
  #column(name, title) {
    if (title || this.#seen) this.choices.columns[name] = title;
    else delete this.choices.columns[name];
    Object.assign(this.choices, { dimensions: {}, codes: {}, coders: {} });
    this.anew = true;
    this.#soon(this.#seen ? this.columnProblem : this.problem);
  }

  /** @param {Preview} seen */
  #show(seen) {
    const held_ = document.activeElement?.id;
    const first = !this.#seen || this.anew;
    this.#seen = seen;
    this.anew = false;
    if (first) this.folding.begin(seen);
    for (const section of this.sheet.children) /** @type {HTMLElement} */ (section).hidden = false;
    this.sections.hidden = !seen.documents.length;
    this.sheet.hidden = false;
    this.holds.replaceChildren(held(seen), ...noted(seen.documents.length ? seen.notes : [...seen.notes, "There is no text in it that could be brought in."]));
    this.left.replaceChildren(willStay(seen));
    this.columnSection.hidden = !Object.keys(seen.columns).length;
    this.columns.replaceChildren(columns(seen, this.choices, (name, title) => this.#column(name, title)));
    this.folding.show(seen);
    this.coders.replaceChildren(h("ul", {}, ...this.#people(seen)));
    if (first) this.questions.replaceChildren(...this.#ask(seen));
    if (held_) byId(held_)?.focus();
    announce(`${seen.file}: ${counted(seen.codings, "coding")} in ${counted(seen.documents.length, "document")}; ${seen.left.length ? `${counted(seen.left.length, "kind")} of thing will not come along` : "everything comes along"}.`);
    this.#ready();
  }

  /** Whoever coded anything. @param {Preview} seen */
  #people(seen) {
    return seen.coders.filter((coder) => coder.codings > 0).map((coder, index) => this.#coder(coder, index));
  }

  /** @param {Preview["coders"][number]} coder @param {number} index */
  #coder(coder, index) {
    const name = coder.name || "Nobody named";
    const about = h("small", {}, counted(coder.codings, "coding"));
    if (coder.machine) return h("li", { class: "coder" }, h("span", {}, h("s", {}, name), about), h("span", { class: "coder-why" }, "a tool's machine, and no person: not taken over"));
    const options = [{ value: "", text: coder.name ? "a coder elsewhere" : "whoever you say below" }, ...this.project.members.map((/** @type {any} */ m) => ({ value: m.name, text: m.name === this.session.name ? `${m.name} (you)` : m.name }))];
    const onchoose = (/** @type {string} */ value) => {
      if (value) this.choices.coders[coder.name] = value;
      else delete this.choices.coders[coder.name];
      this.coders.replaceChildren(h("ul", {}, ...this.#people(/** @type {Preview} */ (this.#seen))));
      byId(`coder-${index}`).focus();
      this.#ready();
    };
    return h("li", { class: "coder" }, h("span", {}, name, about), select({ id: `coder-${index}`, label: `Who ${name} is`, value: this.choices.coders[coder.name] ?? "", options, said: coder.name in this.choices.coders, onchoose }));
  }

  /** @param {Preview} seen */
  #ask(seen) {
    const say = (/** @type {object} */ said) => {
      Object.assign(this.choices, said);
      this.#ready();
    };
    this.codedBy = line({ id: "coded-by", label: "Who coded it", hint: "In a sentence, since the file names nobody: “Two of us, each on her own, then agreed.”", value: this.choices.coded_by, oninput: (text) => say({ coded_by: text }) });
    const box = /** @type {HTMLInputElement} */ (h("input", { type: "checkbox", id: "queued", onchange: () => say({ queued: box.checked }) }));
    box.checked = this.choices.queued;
    return [
      seen.asks.includes("unselected") && radios("unselected", "What lies under no selection?", UNSELECTED, (value) => say({ unselected: value })),
      this.codedBy,
      line({ id: "interviewers", label: "Who asks the questions", hint: "Names of interviewers in new documents, with commas between; what they say is context and no segment. Leave it empty where the texts say so themselves.", value: this.choices.interviewers.join(", "), oninput: (text) => say({ interviewers: text.split(",").map((name) => name.trim()).filter(Boolean) }) }),
      h("label", { class: "choice" }, box, h("span", {}, "New documents wait for the people of this project, too", h("small", {}, "While a segment waits for someone, they see nothing of what was coded elsewhere. Otherwise the documents are there to learn from alone."))),
    ].filter(Boolean);
  }

  /** Say what has yet to be said; where nothing is, the file can be imported. */
  #ready() {
    const asked = this.#seen?.asks ?? [];
    const unnamed = asked.includes("coded_by") && !this.choices.coders[""];
    this.codedBy.hidden = !unnamed;
    const missing = [
      asked.includes("unselected") && !this.choices.unselected && ["unselected", "say what lies under no selection"],
      unnamed && !this.choices.coded_by.trim() && ["coded-by", "say who coded it"],
    ].filter(Boolean);
    this.button.disabled = this.#waits || missing.length > 0;
    const links = /** @type {any[]} */ (missing).flatMap(([id, text], index) => [index > 0 && " and ", h("a", { href: `#${id}`, onclick: (/** @type {Event} */ event) => go(event, id) }, text)]);
    this.why.replaceChildren(missing.length ? h("p", {}, "Before it can be imported, ", ...links.filter(Boolean), ".") : h("p", { class: "aside" }, "Imported codings can be withdrawn again."));
  }

  async #import() {
    this.button.disabled = true;
    try {
      const taken = await ask("POST", `${projectPath(this.project.name)}/imports`, { form: this.#form() });
      this.sheet.hidden = true;
      this.became.replaceChildren(...becameOf(taken, pageOf(this.project.name, "models")));
      this.became.hidden = false;
      byId("became-title").focus();
      announce(taken.unchanged ? `${taken.file} was here already.` : `${taken.file} is imported: ${counted(taken.segment_codings, "coding")} of segments.`);
      await this.taken.load();
    } catch (error) {
      this.importProblem.textContent = /** @type {Error} */ (error).message;
      this.importProblem.hidden = false;
      this.button.disabled = false;
    }
  }
}

/** @param {string} id */
const refusal = (id) => h("p", { class: "problem", id, role: "alert", hidden: true });

/** A part of the page under a heading. @param {string} id @param {string} title @param {string | null} says @param {...HTMLElement} within */
const part = (id, title, says, ...within) => h("section", { class: "bring-part", "aria-labelledby": `${id}-title` }, h("h2", { id: `${id}-title`, tabindex: "-1" }, title), says && h("p", { class: "aside" }, says), ...within);

/** Go to a field. @param {Event} event @param {string} id */
function go(event, id) {
  event.preventDefault();
  const field = byId(id);
  field.scrollIntoView({ block: "center" });
  (field.querySelector("input") ?? field).focus();
}
