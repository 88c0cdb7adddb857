// Settling differences: two codings side by side, and the adjudicator's ruling, with the same keys as on the desk.

import { documentPath, get } from "./api.js";
import { Choosing } from "./choosing.js";
import { inWords, labelOf, same, unanswered } from "./codebook.js";
import { announce, byId, h, listed, pageOf } from "./dom.js";
import { ACTIONS, Keys, SETTLING, cap } from "./keys.js";
import { Outbox } from "./outbox.js";
import { listen } from "./shortcuts.js";
import { tellOfWaiting, toggleBlur } from "./strips.js";
import { keysDialog } from "./elements/keys.js";
import { notices } from "./elements/notices.js";
import { sheet } from "./elements/sheet.js";

/** What makes no sense here: there is no pencil, and only what differs waits. */
const LEFT_OUT = new Set(["evidence", "pause", "undecided"]);

export class Settling {
  /** @type {Map<string, any>} */
  #documents = new Map();
  #history = [];
  #missing = [];
  #index = 0;
  #ahead = new Map();
  /** Whether what stands on the page is the difference of the index; until then no key may choose. */
  #loaded = false;

  /**
   * @param {any} project
   * @param {import("./types.js").Codebook} codebook
   * @param {{segment_id: string, document_id: string, position: number}[]} items the segments whose coders differ
   */
  constructor(project, codebook, items) {
    this.project = project;
    this.codebook = codebook;
    this.items = items;
    this.settled = new Set();
    this.keys = new Keys([...ACTIONS.filter(({ id }) => !LEFT_OUT.has(id)), ...SETTLING]);
    this.outbox = new Outbox();
    this.text = h("inkling-transcript");
  }

  /** Lay out the page and show the first difference. */
  async open() {
    byId("passage").append(this.text);
    sheet().build(this.codebook.dimensions, this.keys);
    keysDialog().build(this.keys, this.codebook.dimensions);
    listen(this.keys, sheet(), (action, detail) => this.#act(action, detail));
    tellOfWaiting(this.outbox);
    await this.go(0);
  }

  /** The dimensions in which the coders differ. */
  get dimensions() {
    return this.codebook.dimensions.filter((d) => this.segment.differs.includes(d.id));
  }

  /** @param {number} index */
  async go(index) {
    this.#index = index;
    this.#missing = [];
    this.#loaded = false;
    const [segment, transcript] = await this.#found(index);
    if (index !== this.#index) return;
    this.segment = segment;
    this.coders = segment.codings.filter((coding) => !coding.adjudication);
    this.choosing = new Choosing(null, { codes: { ...segment.own_adjudication?.codes }, memo: segment.own_adjudication?.memo ?? "" });
    this.#loaded = true;
    sheet().pointHome();
    this.text.show(around(transcript, segment), [segment]);
    this.#codings();
    this.#show();
    this.text.focusOn(0);
    if (this.items[index + 1]) void this.#found(index + 1).catch(() => null);
  }

  /** A difference with its transcript; the next one is fetched ahead. */
  #found(index) {
    const { segment_id: id, document_id: documentId } = this.items[index];
    const known = this.#ahead.get(id);
    this.#ahead.delete(id);
    if (known && index === this.#index) return known;
    const found = Promise.all([get(`/segments/${encodeURIComponent(id)}`), this.#document(documentId)]);
    if (index !== this.#index) this.#ahead.set(id, found);
    return found;
  }

  /** @param {string} id */
  #document(id) {
    if (!this.#documents.has(id)) this.#documents.set(id, get(documentPath(this.project.name, id)));
    return this.#documents.get(id);
  }

  #codings() {
    const arrows = [this.keys.keyFor("left"), this.keys.keyFor("right")];
    byId("codings").replaceChildren(...this.coders.map((coding, place) => this.#card(coding, place, arrows[place])));
  }

  #card(coding, place, key) {
    const rows = this.codebook.dimensions
      .filter((d) => coding.codes[d.id])
      .flatMap((d) => {
        const differs = this.segment.differs.includes(d.id);
        const codes = coding.codes[d.id].map((code) => labelOf(d, code));
        return [h("dt", {}, d.label, differs && h("span", { class: "differs" }, "differs")), h("dd", { class: differs ? "is-different" : "" }, listed(codes) || "none applies")];
      });
    return h(
      "article",
      { class: "coding", "aria-label": `Coding of ${coding.person}` },
      h("h2", {}, coding.person),
      h("dl", {}, ...rows),
      coding.memo && h("p", { class: "other-memo" }, coding.memo),
      h("button", { type: "button", class: "quiet", onclick: () => this.#take(place) }, `Take ${coding.person}’s `, key && h("kbd", {}, cap(key))),
    );
  }

  /** Take one person's codes where the coders differ, as a choice to look at; nothing is stored by it. */
  #take(place) {
    const coding = this.coders[place];
    if (!coding) return;
    for (const { id } of this.dimensions) this.choosing.codes[id] = [...(coding.codes[id] ?? [])];
    this.#missing = [];
    this.#show();
    announce(`As ${coding.person}: ${inWords(this.dimensions, this.choosing.codes)}.`);
  }

  #act(action, detail) {
    if (!this.#loaded && action !== "keys" && action !== "undo") return undefined;
    const acts = {
      confirm: () => this.confirm(),
      none: () => this.#changed(() => this.choosing.none(this.#required(), sheet().pointed)),
      next: () => this.#step(1),
      previous: () => this.#step(-1),
      undo: () => this.#undo(),
      dimension: () => announce(`The digits now choose in ${sheet().pointOn().label}.`),
      find: () => sheet().find(),
      memo: () => (detail ? (this.choosing.memo = detail.memo) : sheet().memo.focus()),
      definitions: () => sheet().define(),
      blur: () => toggleBlur(),
      keys: () => keysDialog().open(),
      choose: () => this.#changed(() => (detail.code === null ? this.choosing.toggleNone(detail.dimension) : this.choosing.toggle(detail.dimension, detail.code))),
      left: () => this.#take(0),
      right: () => this.#take(1),
      leave: () => this.text.focusOn(0),
    };
    return acts[action]?.();
  }

  #changed(change) {
    change();
    this.#missing = this.#missing.filter((id) => !this.choosing.codes[id]);
    this.#show();
    announce(`${inWords(this.dimensions, this.choosing.codes)}.`);
  }

  /** Everything that differs needs a ruling, required or not. */
  #required() {
    return this.dimensions.map((d) => ({ ...d, required: true }));
  }

  #step(by) {
    const to = this.#index + by;
    if (this.items[to]) return void this.go(to);
    return announce(by > 0 ? "This is the last difference." : "This is the first difference.");
  }

  /** Store the ruling; then the next difference. */
  confirm() {
    const missing = unanswered(this.#required(), this.choosing.codes);
    if (missing.length) {
      this.#missing = missing.map((d) => d.id);
      this.#show();
      return announce(`${listed(missing.map((d) => d.label))} still to be settled.`);
    }
    const index = this.#index;
    const { memo, codes } = this.choosing;
    const ruling = Object.fromEntries(this.dimensions.map((d) => [d.id, codes[d.id]]));
    this.#history.push(index);
    this.settled.add(index);
    this.outbox.send(this.segment.segment_id, { codes: ruling, adjudication: true, ...(memo && { memo }) }).catch((error) => this.#refused(index, error));
    announce("Settled.");
    return this.#onward();
  }

  #refused(index, error) {
    this.settled.delete(index);
    notices().show("refused", `This ruling was not stored. ${error.message}`, { act: "Go there", onact: () => this.go(index) });
    this.#left();
  }

  #onward() {
    this.#left();
    const next = this.items.findIndex((_, index) => !this.settled.has(index) && index > this.#index);
    const any = next >= 0 ? next : this.items.findIndex((_, index) => !this.settled.has(index));
    if (any >= 0) return void this.go(any);
    return nothingLeft(this.project.name);
  }

  #undo() {
    const index = this.#history.pop();
    if (index === undefined) return announce("There is nothing to undo.");
    this.settled.delete(index);
    byId("empty").hidden = true;
    byId("view").hidden = false;
    this.#left();
    const { segment_id: id } = this.items[index];
    this.outbox.send(id, { retract: true, adjudication: true }).then(() => this.go(index), (error) => this.#refused(index, error));
    return announce("The ruling is withdrawn.");
  }

  #left() {
    byId("left").textContent = `${this.items.length - this.settled.size} to settle`;
  }

  #show() {
    this.#left();
    const agreed = Object.fromEntries(Object.entries(this.coders[0]?.codes ?? {}).filter(([id]) => !this.segment.differs.includes(id)));
    const codes = this.choosing.codes;
    const own = this.segment.own_adjudication;
    sheet().update({
      title: `Difference ${this.#index + 1} of ${this.items.length}`,
      who: [this.segment.document_id, this.segment.speaker].filter(Boolean).join(" · "),
      says: "Your ruling settles what differs. It isn't a coding of your own.",
      dimensions: this.dimensions,
      choices: { ...agreed, ...codes },
      memo: this.choosing.memo,
      suggestion: null,
      asking: false,
      policy: "never",
      decided: !!own && same(codes, own.codes),
      changed: true,
      missing: this.#missing,
      evidence: false,
      confirms: "Settle",
    });
  }
}

/** @param {string} project say that all is settled */
export function nothingLeft(project) {
  byId("view").hidden = true;
  byId("empty").hidden = false;
  byId("empty").replaceChildren(
    h("h1", {}, "No differences"),
    h("p", { class: "lede" }, "Wherever people have coded the same segment, they agree or it is settled."),
    h("p", {}, h("a", { href: pageOf(project) }, "Back to the project")),
  );
  byId("left").textContent = "";
}

/** The turn of a segment and the one before it. */
function around(transcript, segment) {
  if (transcript.text === null) return { text: null, turns: [] };
  const at = transcript.turns.findIndex((turn) => turn.start <= segment.start && segment.start < turn.end);
  return { text: transcript.text, turns: transcript.turns.slice(Math.max(at - 1, 0), at + 1) };
}
