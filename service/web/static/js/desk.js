// The desk: where the person is in the text, what they are choosing, what they do next.

import { isTelling, leadingWords } from "./advice.js";
import { Choosing } from "./choosing.js";
import { inWords, labelOf, unanswered } from "./codebook.js";
import { announce, byId, isLed, ledTo, listed } from "./dom.js";
import { ACTIONS, Keys } from "./keys.js";
import { Lead } from "./lead.js";
import { Ledger } from "./ledger.js";
import { listen } from "./shortcuts.js";
import { contentNote, endOfTranscript, toggleBlur } from "./strips.js";
import { Suggestions } from "./suggestions.js";
import { Veil } from "./veil.js";
import { keysDialog } from "./elements/keys.js";
import { notices } from "./elements/notices.js";
import { codedElsewhere, othersChose } from "./elements/others.js";
import { sheet } from "./elements/sheet.js";

/** @typedef {import("./types.js").Segment} Segment */
/** @typedef {import("./types.js").Dimension} Dimension */

export class Desk {
  #index = -1;
  /** Required dimensions that a confirmation found unanswered. @type {string[]} */
  #missing = [];
  #evidence = false;
  #others = null;

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
    this.lead = isLed() ? new Lead(project.name) : null;
    this.suggestions = new Suggestions(project.name, (id) => this.#suggested(id));
    this.veil = new Veil(() => this.go(this.#index));
    this.ledger = new Ledger(this.segments, {
      onchange: (index) => {
        this.#write(index);
        this.#progress();
      },
      onrefused: (index, error) => this.#refused(index, error),
    });
  }

  /** Lay out the text and go to where the person left off. */
  open() {
    this.text.show(this.document, this.segments);
    this.segments.forEach((_, index) => this.#write(index));
    this.#progress();
    sheet().build(this.codebook.dimensions, this.keys);
    keysDialog().build(this.keys, this.codebook.dimensions);
    contentNote(this.document.content_note);
    listen(this.keys, sheet(), (action, detail) => this.#act(action, detail));
    this.text.addEventListener("go", (/** @type {CustomEvent} */ event) => this.go(event.detail.index));
    addEventListener("hashchange", () => this.go(this.#place() ?? this.#index));
    this.go(this.#place() ?? Math.max(this.ledger.nextOpen(-1), 0));
  }

  /** The segment that the address names, by its number or its id, if any. */
  #place() {
    const name = location.hash.slice(1);
    const index = this.segments.findIndex((segment, place) => name === String(place + 1) || name === segment.segment_id);
    return index >= 0 ? index : null;
  }

  /** The segment in focus. */
  get segment() {
    return this.segments[this.#index];
  }

  /** The dimensions that apply to it. @returns {Dimension[]} */
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
    if (this.#index >= 0) this.ledger.keep(this.#index, this.choosing.changed ? this.choosing.draft : null);
    this.#enter(index);
    this.text.focusOn(index, { quietly: this.veil.shown });
    history.replaceState(null, "", `#${index + 1}`);
    if (this.ledger.isOpen(index) && !this.veil.shown) this.suggestions.want(this.segment, { soon });
    else this.suggestions.leave();
    this.#show();
  }

  #enter(index) {
    this.#index = index;
    this.#missing = [];
    this.choosing = new Choosing(this.segment.own, this.ledger.draftOf(index));
    this.#others = this.segment.open ? null : othersChose(this.segment, this.codebook.dimensions);
    sheet().pointHome();
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
      blur: () => toggleBlur(),
      pause: () => this.veil.draw(`At segment ${this.#index + 1} of ${this.segments.length}. Your place and your choices are kept.`),
      keys: () => keysDialog().open(),
      choose: () => this.#choose(detail),
      leave: () => this.text.focusOn(this.#index),
    };
    return acts[action]?.();
  }

  /** @param {{dimension: Dimension, code: string | null}} choice */
  #choose({ dimension, code }) {
    if (code === null) this.choosing.toggleNone(dimension);
    else this.choosing.toggle(dimension, code);
    this.#chosen([dimension]);
  }

  #none() {
    this.#chosen(this.choosing.none(this.dimensions, sheet().pointed));
  }

  /** @param {Dimension[]} dimensions those that were answered, or whose answer was taken back */
  #chosen(dimensions) {
    this.#missing = this.#missing.filter((id) => !this.choosing.codes[id]);
    this.#show();
    const codes = this.choosing.codes[dimensions[0].id];
    const words = codes && (listed(codes.map((code) => labelOf(dimensions[0], code))) || "none applies");
    announce(`${listed(dimensions.map((d) => d.label))}: ${words ?? "nothing chosen"}.`);
  }

  /** @param {string} memo */
  #memo(memo) {
    this.choosing.memo = memo;
    this.#show();
  }

  /** @param {number} by */
  #step(by) {
    const to = this.#index + by;
    if (this.segments[to]) return this.go(to, { soon: true });
    return announce(by > 0 ? "This is the last segment." : "This is the first segment.");
  }

  #onward() {
    return this.lead ? this.#follow() : this.#readOn();
  }

  /** On to the next undecided segment of this transcript. */
  #readOn() {
    const next = this.ledger.nextOpen(this.#index);
    if (next < 0) return this.#end();
    return next === this.#index ? announce("This is the only undecided segment left.") : this.go(next);
  }

  /**
   * Go where the queue leads: on in this transcript, or into another.
   *
   * @param {Promise<boolean>} [stored] whether the decision just made was stored
   */
  async #follow(stored) {
    const from = this.#index;
    this.#show();
    const waits = (/** @type {string} */ id) => {
      const index = this.segments.findIndex((segment) => segment.segment_id === id);
      return index < 0 || (index !== from && this.ledger.isOpen(index));
    };
    const next = await /** @type {Lead} */ (this.lead).next(waits).catch(() => undefined);
    if (this.#index !== from) return undefined;
    if (!next) return next === null && !this.ledger.isOpen(from) ? this.#end() : this.#readOn();
    const index = this.segments.findIndex((segment) => segment.segment_id === next.segment_id);
    return index >= 0 ? this.go(index) : this.#leave(next, stored);
  }

  /**
   * Go into another transcript, once all is stored and nothing would be lost.
   *
   * @param {import("./lead.js").Item} next
   * @param {Promise<boolean>} [stored]
   */
  async #leave(next, stored = Promise.resolve(true)) {
    const from = this.#index;
    const away = !(await this.ledger.settled());
    if (this.#index !== from || (!away && !(await stored))) return undefined;
    if (away) return this.#readOn();
    const go = () => location.assign(ledTo(this.project.name, next));
    if (!this.ledger.unfinished) return go();
    const says = `The queue goes on in ${next.document_id}. Choices on this page that you have not confirmed would be lost.`;
    return notices().show("led", says, { act: "Go on there", onact: go });
  }

  #end() {
    return endOfTranscript(this.project.name, this.document.document_id, this.ledger.progress.decided);
  }

  #why() {
    this.#evidence = !this.#evidence;
    if (this.#evidence && this.segment.own) this.suggestions.want(this.segment);
    this.#show();
  }

  /** Store what is chosen, in ink; then on to the next undecided segment. */
  confirm() {
    const { segment, choosing } = this;
    if (segment.own && !choosing.changed) return this.#onward();
    const missing = unanswered(this.dimensions, choosing.codes);
    if (missing.length) return this.#point(missing);
    const shown = this.suggestions.of(segment.segment_id);
    const first = !segment.own;
    const stored = this.ledger.decide(this.#index, choosing.draft, isTelling(shown) ? shown.suggestion_id : undefined);
    this.choosing = new Choosing(segment.own);
    if (!first || !this.#adviceFollows) return this.#advance(stored);
    this.suggestions.forget(segment.segment_id);
    return this.#thenAdvice(segment, stored);
  }

  get #adviceFollows() {
    return this.project.advice === "after_own_choice";
  }

  /** Point, calmly, at what still waits for an answer. @param {Dimension[]} missing */
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
    this.suggestions.want(segment);
    this.#show();
  }

  /** @param {Promise<boolean>} [stored] */
  #advance(stored) {
    if (this.lead) return this.#follow(stored);
    const next = this.ledger.nextOpen(this.#index);
    this.go(next >= 0 ? next : this.#index);
    return next >= 0 ? undefined : this.#end();
  }

  /** The server refused: what was chosen is kept, unstored, and the person is told why. */
  #refused(index, error) {
    if (index === this.#index) {
      this.#enter(index);
      this.#show();
    }
    const says = `Segment ${index + 1} was not stored. ${error.message} What you chose is kept.`;
    notices().show("refused", says, { act: "Go there", onact: () => this.go(index) });
  }

  /** First drop a change that isn't confirmed; then take back the last decision of this sitting. */
  #undo() {
    const { changed } = this.choosing;
    const index = changed && this.segment.own ? null : this.ledger.undo();
    if (index === null) return changed ? this.#drop() : announce("There is nothing to undo.");
    if (index === this.#index) this.#enter(index);
    this.go(index);
    return announce("Undone. Your choice is still here, not stored.");
  }

  #drop() {
    this.choosing = new Choosing(this.segment.own);
    this.#show();
    announce("Your choice is dropped.");
  }

  /** @param {string} segmentId a suggestion has come, or could not be had */
  #suggested(segmentId) {
    if (segmentId !== this.segment.segment_id) return;
    const nothing = !isTelling(this.suggestions.of(segmentId)) && !this.choosing.changed;
    if (nothing && this.#adviceFollows && this.segment.own) this.#advance();
    else this.#show();
  }

  /** Write a segment's state into the text. @param {number} index */
  #write(index) {
    const segment = this.segments[index];
    const { dimensions } = this.codebook;
    this.text.write(index, this.ledger.stateOf(index), segment.own ? inWords(dimensions, segment.own.codes) : "");
    this.text.writeElsewhere(index, codedElsewhere(segment, dimensions));
  }

  #progress() {
    const { decided, total } = this.ledger.progress;
    byId("progress").hidden = false;
    Object.assign(byId("progress-bar"), { max: total || 1, value: decided });
    byId("progress-text").textContent = `${decided} of ${total}`;
    if (decided < total) byId("end").hidden = true;
  }

  #show() {
    const { segment, choosing } = this;
    const suggestion = this.suggestions.of(segment.segment_id);
    this.text.markWords(this.#evidence ? leadingWords(suggestion) : []);
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

  /** @param {import("./types.js").Suggestion | null} suggestion */
  #says(suggestion) {
    const { own, open, segment_id: id } = this.segment;
    if (own && this.#adviceFollows && isTelling(suggestion)) {
      return "Your choice is stored. Here is what the model would have pencilled: change your answer, or go on.";
    }
    if (!own && !open) return "Others have coded this segment; it needs no one else.";
    return this.suggestions.failed.has(id) && !suggestion ? "No suggestion could be had just now; choose as you read." : "";
  }
}
