// One file on its way in: what was understood of it, who asks the questions, who answers. Nothing is stored
// until the person says so.

import { ask, documentPath, newest, Problem, projectPath } from "../api.js";
import { announce, counted, h } from "../dom.js";
import { ParticipantFields } from "./attributes.js";
import { notices } from "./notices.js";

export class ImportCard {
  #newestReading = newest();

  /**
   * @param {string} project
   * @param {File} file
   * @param {(card: ImportCard, stored: boolean) => void} ondone
   * @param {(file: File) => void} [oncoded] what to do with a file that turns out to hold codings
   */
  constructor(project, file, ondone, oncoded) {
    this.project = project;
    this.file = file;
    this.ondone = ondone;
    this.oncoded = oncoded;
    this.interviewers = null;
    /** What the preview noted; what storing notes beyond that is news. @type {string[]} */
    this.noted = [];
    this.problem = h("p", { class: "problem", role: "alert", hidden: true });
    this.understood = h("div", { class: "understood" }, h("p", {}, "Reading…"));
    this.fields = new ParticipantFields({});
    this.button = /** @type {HTMLButtonElement} */ (h("button", { type: "button", class: "inked", disabled: true, onclick: () => this.store() }, "Import"));
    this.about = h("details", { class: "others" }, h("summary", {}, "Participant and content note"), this.fields.element);
    const acts = h("p", { class: "dialog-acts" }, h("button", { type: "button", class: "quiet", onclick: () => ondone(this, false) }, "Leave out"), this.button);
    this.element = h("article", { class: "import-card", "aria-label": file.name }, h("h3", {}, file.name), this.problem, this.understood, this.about, acts);
  }

  /** Whether it can be imported. */
  get ready() {
    return !this.button.disabled;
  }

  #form() {
    const form = new FormData();
    form.append("file", this.file, this.file.name);
    for (const speaker of this.interviewers ?? []) form.append("interviewers", speaker);
    return form;
  }

  /** Ask what the file holds. */
  async preview() {
    try {
      const read = await this.#newestReading(ask("POST", `${projectPath(this.project)}/previews`, { form: this.#form() }));
      if (!read) return;
      this.interviewers ??= [...new Set(read.turns.filter((turn) => turn.role === "interviewer").map((turn) => turn.speaker))];
      this.#show(read);
      this.problem.hidden = true;
      this.button.disabled = false;
    } catch (error) {
      this.#refuse(/** @type {Error} */ (error));
    }
  }

  /** @param {Error} error */
  #refuse(error) {
    if (error instanceof Problem && error.kind === "coded-material" && this.oncoded) return this.oncoded(this.file);
    this.problem.textContent = error.message;
    this.problem.hidden = false;
    this.button.disabled = true;
    if (!this.understood.querySelector("fieldset")) {
      this.understood.replaceChildren();
      this.about.hidden = true;
    }
    return undefined;
  }

  #show({ text, turns, segments, notes }) {
    const points = Array.from(text);
    const speakers = new Map();
    for (const { speaker } of turns) speakers.set(speaker, (speakers.get(speaker) ?? 0) + 1);
    const counts = [counted(turns.length, "turn"), counted(speakers.size, "speaker"), counted(segments.length, "segment to code", "segments to code")];
    this.noted = notes ?? [];
    announce(`${this.file.name}: ${counts.join(", ")}.`);
    this.understood.replaceChildren(
      h("p", {}, `${counts.join(", ")}.`),
      ...(notes ?? []).map((note) => h("p", { class: "aside" }, note)),
      [...speakers.keys()].some(Boolean) ? this.#who(speakers) : "",
      h("div", { class: "import-sample", tabindex: "0", role: "region", "aria-label": "How it begins" }, ...turns.slice(0, 6).map((turn) => sample(turn, points))),
    );
  }

  #who(speakers) {
    const choices = [...speakers].map(([speaker, count]) => {
      const box = /** @type {HTMLInputElement} */ (h("input", { type: "checkbox" }));
      box.checked = this.interviewers.includes(speaker);
      box.addEventListener("change", () => {
        this.interviewers = box.checked ? [...this.interviewers, speaker] : this.interviewers.filter((name) => name !== speaker);
        void this.preview();
      });
      return h("label", { class: "check" }, box, ` ${speaker || "no name"} `, h("small", {}, counted(count, "turn")));
    });
    return h("fieldset", { class: "who" }, h("legend", {}, "Who asks the questions?"), ...choices, h("small", {}, "What they say is context, not a segment to code."));
  }

  /** Import the file with what was typed. */
  async store() {
    const about = this.fields.read();
    const form = this.#form();
    if (about.participant_id) form.append("participant_id", about.participant_id);
    if (Object.keys(about.attributes).length) form.append("attributes", JSON.stringify(about.attributes));
    this.button.disabled = true;
    try {
      const stored = await ask("POST", `${projectPath(this.project)}/documents`, { form });
      if (about.content_note) await ask("PATCH", documentPath(this.project, stored.document_id), { body: { content_note: about.content_note } });
      announce(stored.unchanged ? `${stored.document_id} was here already.` : `${stored.document_id} is imported.`);
      const news = stored.notes.filter((/** @type {string} */ note) => !this.noted.includes(note));
      if (news.length) notices().show("stored", `${stored.document_id}: ${news.join(" ")}`);
      this.ondone(this, true);
    } catch (error) {
      this.#refuse(/** @type {Error} */ (error));
    }
  }
}

const sample = ({ speaker, role, start, end }, points) => {
  const said = points.slice(start, Math.min(end, start + 160)).join("");
  return h("p", { class: role }, h("b", {}, speaker), speaker ? " " : "", said, end - start > 160 ? "…" : "");
};
