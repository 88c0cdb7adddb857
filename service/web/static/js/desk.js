// The desk's state: where the person is, what they have chosen, what is stored.

import { isTelling } from "./advice.js";
import { all, projectPath } from "./api.js";
import { Choosing } from "./choosing.js";
import { inWords, labelOf, unanswered } from "./codebook.js";
import { announce, byId, counted, deskOf, h, listed, pageOf } from "./dom.js";
import { ACTIONS, Keys } from "./keys.js";
import { Outbox } from "./outbox.js";
import { listen } from "./shortcuts.js";
import { Suggestions } from "./suggestions.js";
import { othersChose } from "./elements/others.js";
import { keysDialog } from "./elements/keys.js";
import { notices } from "./elements/notices.js";
import { sheet } from "./elements/sheet.js";
import { Veil } from "./veil.js";

/** @typedef {import("./types.js").Segment} Segment */

export class Desk {
  /** What was chosen on segments and not confirmed. @type {Map<string, import("./types.js").Draft>} */
  #drafts = new Map();
  /** Decisions of this sitting, for undoing. @type {{index: number, before: import("./types.js").Own | null}[]} */
  #history = [];
  /** Segments whose decision isn't stored yet. */
  #waiting = new Map();
  #missing = [];
  #evidence = false;
  #index = -1;

  /**
   * @param {any} project
   * @param {import("./types.js").Codebook} codebook
   * @param {any} transcript
   */
  constructor(project, codebook, transcript) {
    this.project = project;
    this.codebook = codebook;
    this.document = transcript;
    /** @type {Segment[]} */
    this.segments = transcript.segments;
    this.text = /** @type {any} */ (document.querySelector("inkling-transcript"));
    this.keys = new Keys(ACTIONS);
    this.outbox = new Outbox();
    this.suggestions = new Suggestions(project.name, (id) => this.#suggested(id));
    this.veil = new Veil(() => this.#stay());
  }

  /** Lay out the text and go to where the person left off. */
  open() {
    this.text.show(this.document, this.segments);
    this.segments.forEach((_, index) => this.#write(index));
    sheet().build(this.codebook.dimensions, this.keys);
    keysDialog().build(this.keys, this.codebook.dimensions);
    this.#contentNote();
    listen(this.keys, sheet(), (action, detail) => this.#act(action, detail));
    this.text.addEventListener("go", (/** @type {CustomEvent} */ event) => this.go(event.detail.index));
    addEventListener("hashchange", () => this.go(this.#place() ?? this.#index));
    this.outbox.addEventListener("change", (event) => this.#sent(/** @type {CustomEvent} */ (event).detail));
    this.go(this.#place() ?? Math.max(this.#nextOpen(-1), 0));
  }

  /** The segment that the address names, if any. */
  #place() {
    const index = Number(location.hash.slice(1)) - 1;
    return Number.isInteger(index) && index >= 0 && index < this.segments.length ? index : null;
  }

  /** The segment in focus. */
  get segment() {
    return this.segments[this.#index];
  }

  /** The dimensions that apply to it. */
  get dimensions() {
    return this.codebook.dimensions.filter((d) => this.segment.dimensions.includes(d.id));
  }

  /**
   * Bring a segment into focus.
   *
   * @param {number} index
   * @param {{soon?: boolean}} [options] `soon`: a suggestion is asked for only if the person stays
   */
  go(index, { soon = false } = {}) {
    this.#keepDraft();
    this.#index = index;
    this.#missing = [];
    this.choosing = new Choosing(this.segment.own, this.#drafts.get(this.segment.segment_id));
    sheet().pointHome();
    this.text.focusOn(index, { quietly: this.veil.shown });
    history.replaceState(null, "", `#${index + 1}`);
    if (this.#isOpen(this.segment) && !this.veil.shown) this.suggestions.want(this.segment, { soon });
    else this.suggestions.leave();
    this.#others = this.segment.open ? null : othersChose(this.segment, this.codebook.dimensions);
    this.#show();
  }

  #others = null;

  #keepDraft() {
    if (this.#index < 0) return;
    if (this.choosing.changed) this.#drafts.set(this.segment.segment_id, this.choosing.draft);
    else this.#drafts.delete(this.segment.segment_id);
  }

  /** @param {Segment} segment */
  #isOpen(segment) {
    return segment.open && !segment.own;
  }

  /** @param {number} from the next undecided segment after it, or from the start; -1 if there is none */
  #nextOpen(from) {
    const after = this.segments.findIndex((segment, index) => index > from && this.#isOpen(segment));
    return after >= 0 ? after : this.segments.findIndex((segment) => this.#isOpen(segment));
  }

  /** @param {string} action @param {any} detail */
  #act(action, detail) {
    if (this.veil.shown) return this.veil.act(action);
    const acts = {
      confirm: () => this.confirm(),
      none: () => this.#none(),
      next: () => this.#step(1),
      previous: () => this.#step(-1),
      undecided: () => this.#onward(),
      undo: () => this.#undo(),
      dimension: () => announce(`The digits now choose in ${sheet().pointOn().label}.`),
      find: () => sheet().find(),
      memo: () => (detail ? this.#memo(detail.memo) : sheet().memo.focus()),
      evidence: () => this.#why(),
      definitions: () => sheet().define(),
      blur: () => this.#blur(),
      pause: () => this.veil.draw(`At segment ${this.#index + 1} of ${this.segments.length}. Your place and your choices are kept.`),
      keys: () => keysDialog().open(),
      choose: () => this.#choose(detail),
      leave: () => this.text.focusOn(this.#index),
    };
    return acts[action]?.();
  }

  #stay() {
    this.go(this.#index);
  }

  /** @param {{dimension: import("./types.js").Dimension, code: string | null}} choice */
  #choose({ dimension, code }) {
    if (code === null) this.choosing.toggleNone(dimension);
    else this.choosing.toggle(dimension, code);
    this.#missing = this.#missing.filter((id) => !this.choosing.codes[id]);
    this.#show();
    const chosen = this.choosing.codes[dimension.id];
    const words = chosen && (chosen.length ? listed(chosen.map((c) => labelOf(dimension, c))) : "none applies");
    announce(`${dimension.label}: ${words ?? "nothing chosen"}.`);
  }

  #none() {
    const spoken = this.choosing.none(this.dimensions, sheet().pointed);
    this.#missing = [];
    this.#show();
    announce(`${listed(spoken.map((d) => d.label))}: ${this.choosing.codes[spoken[0].id] ? "none applies" : "nothing chosen"}.`);
  }

  /** @param {string} memo */
  #memo(memo) {
    this.choosing.memo = memo;
    this.#show();
  }

  /** @param {number} by */
  #step(by) {
    const to = this.#index + by;
    if (to >= 0 && to < this.segments.length) return this.go(to, { soon: true });
    return announce(by > 0 ? "This is the last segment." : "This is the first segment.");
  }

  #onward() {
    const next = this.#nextOpen(this.#index);
    if (next >= 0 && next !== this.#index) return this.go(next);
    if (next < 0) this.#end();
    return announce(next < 0 ? "No undecided segment is left here." : "This is the only undecided segment left.");
  }

  #why() {
    this.#evidence = !this.#evidence;
    if (this.#evidence && this.segment.own) this.suggestions.want(this.segment);
    this.#show();
  }

  #blur() {
    const blurred = byId("view").classList.toggle("is-blurred");
    for (const button of document.querySelectorAll("[data-act=blur]")) button.setAttribute("aria-pressed", String(blurred));
    announce(blurred ? "The text is blurred." : "The text is clear.");
  }

  /** Store what is chosen, in ink; then the next undecided segment. */
  confirm() {
    const { segment, choosing } = this;
    const missing = unanswered(this.dimensions, choosing.codes);
    if (segment.own && !choosing.changed) return this.#onward();
    if (missing.length) return this.#point(missing);
    const shown = this.suggestions.of(segment.segment_id);
    const decision = { codes: choosing.codes, ...(choosing.memo && { memo: choosing.memo }), ...(isTelling(shown) && { suggestion_id: shown.suggestion_id }) };
    const first = !segment.own;
    this.#history.push({ index: this.#index, before: segment.own });
    const stored = this.#send(this.#index, decision, { ...choosing.draft });
    if (first && this.project.advice === "after_own_choice") return this.#thenAdvice(segment, stored);
    return this.#advance();
  }

  /** Point, calmly, at what still waits for an answer. */
  #point(missing) {
    this.#missing = missing.map((d) => d.id);
    this.#show();
    sheet().showDimension(missing[0].id);
    announce(`${listed(missing.map((d) => d.label))} still ${missing.length > 1 ? "wait" : "waits"} for your answer.`);
  }

  /** Under "own choice first" the suggestion comes once the choice is stored, and the person stays to see it. */
  async #thenAdvice(segment, stored) {
    this.#show();
    if (!(await stored) || this.segment !== segment) return;
    this.suggestions.want(segment, { anew: true });
    this.#show();
  }

  #advance() {
    const next = this.#nextOpen(this.#index);
    if (next >= 0) return this.go(next);
    this.go(this.#index);
    return this.#end();
  }

  /**
   * Hand a decision to the outbox.
   *
   * @param {number} index
   * @param {object} decision
   * @param {import("./types.js").Own | null} own what stands once it is stored
   * @returns {Promise<boolean>} whether it was stored
   */
  async #send(index, decision, own) {
    const segment = this.segments[index];
    const before = { own: segment.own, open: segment.open };
    const turn = Symbol("turn");
    this.#waiting.set(index, turn);
    this.#stand(index, own, own === null);
    try {
      await this.outbox.send(segment.segment_id, decision);
      return true;
    } catch (error) {
      this.#refused(index, /** @type {Error} */ (error), before, own);
      return false;
    } finally {
      if (this.#waiting.get(index) === turn) this.#waiting.delete(index);
      this.#write(index);
    }
  }

  /** Let a coding of the person's own stand, or none. */
  #stand(index, own, open) {
    const segment = this.segments[index];
    segment.own = own;
    segment.open = open;
    this.#drafts.delete(segment.segment_id);
    if (index === this.#index) this.choosing = new Choosing(own);
    this.#write(index);
  }

  /** The server refused: what was chosen is kept, unstored, and the person is told why. */
  #refused(index, error, before, chosen) {
    this.#stand(index, before.own, before.open);
    if (chosen) this.#drafts.set(this.segments[index].segment_id, chosen);
    if (index === this.#index) this.choosing = new Choosing(before.own, chosen ?? undefined);
    notices().show("refused", `Segment ${index + 1} was not stored. ${error.message} What you chose is kept.`, { act: "Go there", onact: () => this.go(index) });
    this.#show();
  }

  /** First drop what is chosen and not confirmed; then take back the last decision of this sitting. */
  #undo() {
    if (this.choosing.changed && this.segment.own) return this.#dropDraft("Your change is dropped.");
    const last = this.#history.pop();
    if (!last) return this.choosing.changed ? this.#dropDraft("Your choice is dropped.") : announce("There is nothing to undo.");
    const { index, before } = last;
    const chosen = this.segments[index].own;
    const decision = before ? { codes: before.codes, ...(before.memo && { memo: before.memo }) } : { retract: true };
    void this.#send(index, decision, before);
    if (chosen) this.#drafts.set(this.segments[index].segment_id, { codes: chosen.codes, memo: chosen.memo ?? "" });
    if (index === this.#index) this.#index = -1;
    this.go(index);
    return announce("Undone. Your choice is still here, not stored.");
  }

  #dropDraft(says) {
    this.choosing = new Choosing(this.segment.own);
    this.#show();
    announce(says);
  }

  /** @param {string} segmentId */
  #suggested(segmentId) {
    if (segmentId !== this.segment.segment_id) return;
    const telling = isTelling(this.suggestions.of(segmentId));
    if (this.segment.own && this.project.advice === "after_own_choice" && !telling && !this.choosing.changed) this.#advance();
    else this.#show();
  }

  /** @param {{waiting: number, offline: boolean}} detail */
  #sent({ waiting, offline }) {
    if (offline) {
      const says = `The server can't be reached. ${counted(waiting, "decision waits", "decisions wait")} on this page and will be sent again; keep it open.`;
      notices().show("offline", says, { act: "Try now", onact: () => this.outbox.retry(), lasting: true });
    } else if (!waiting && notices().hide("offline")) announce("The server is back. Everything is stored.");
    this.#progress();
  }

  /** Write a segment's state into the text. */
  #write(index) {
    const { own, open } = this.segments[index];
    const state = this.#waiting.has(index) ? "waiting" : own ? "decided" : open ? "open" : "closed";
    this.text.write(index, own || state !== "waiting" ? state : "open", own ? inWords(this.codebook.dimensions, own.codes) : "");
    this.#progress();
  }

  #progress() {
    const decided = this.segments.filter((segment) => segment.own).length;
    const total = decided + this.segments.filter((segment) => this.#isOpen(segment)).length;
    byId("progress").hidden = false;
    byId("progress-bar").max = total || 1;
    byId("progress-bar").value = decided;
    byId("progress-text").textContent = `${decided} of ${total}`;
    if (decided < total) byId("end").hidden = true;
  }

  #show() {
    const { segment, choosing } = this;
    const suggestion = this.suggestions.of(segment.segment_id);
    const words = this.#evidence && suggestion ? suggestion.dimensions.flatMap((d) => d.words.map((word) => word.text)) : [];
    this.text.markWords(words);
    sheet().update({
      title: `Segment ${this.#index + 1} of ${this.segments.length}`,
      who: [segment.speaker, segment.needs > 1 && `${segment.needs} people code it, each alone`].filter(Boolean).join(" · "),
      says: this.#says(suggestion),
      dimensions: this.dimensions,
      choices: choosing.codes,
      memo: choosing.memo,
      suggestion,
      asking: this.suggestions.asking === segment.segment_id,
      policy: this.project.advice,
      decided: !!segment.own,
      changed: choosing.changed,
      missing: this.#missing,
      evidence: this.#evidence,
      acts: this.#others ? [this.#others] : [],
    });
  }

  #says(suggestion) {
    const { segment } = this;
    if (segment.own && this.project.advice === "after_own_choice" && isTelling(suggestion)) {
      return "Your choice is stored. Here is what the model would have pencilled: change your answer, or go on.";
    }
    if (!segment.own && !segment.open) return "Others have coded this segment; it needs no one else.";
    return this.suggestions.failed.has(segment.segment_id) && !suggestion ? "No suggestion could be had just now; choose as you read." : "";
  }

  #contentNote() {
    const { content_note: note } = this.document;
    const strip = byId("content-note");
    strip.hidden = !note;
    if (!note) return;
    const away = () => (strip.hidden = true);
    strip.replaceChildren(
      h("p", {}, h("strong", {}, "Before you read: "), note),
      h("p", { class: "content-note-acts" }, "Blur the text with ", h("kbd", { "data-key": "blur" }), ", pause with ", h("kbd", { "data-key": "pause" }), ". ", h("button", { type: "button", class: "quiet", onclick: away }, "Put away")),
    );
  }

  /** The end of the transcript: say so, and offer what comes next. */
  async #end() {
    const { name } = this.project;
    const end = byId("end");
    const own = this.segments.filter((segment) => segment.own).length;
    const where = h("p", { class: "end-links" }, h("a", { href: pageOf(name) }, "Back to the project"));
    end.replaceChildren(h("h2", {}, "That was the last undecided segment"), h("p", {}, `You have decided ${counted(own, "segment")} here. Anything can still be changed.`), where);
    end.hidden = false;
    end.scrollIntoView({ block: "nearest" });
    announce("That was the last undecided segment.");
    const others = await all(`${projectPath(name)}/documents`).catch(() => []);
    const next = others.find((d) => d.open > 0 && d.document_id !== this.document.document_id);
    if (next) where.prepend(h("a", { href: deskOf(name, next.document_id) }, `Next: ${next.document_id}`), " ");
  }
}
