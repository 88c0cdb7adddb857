// What a person has decided on a transcript's segments: what stands, what is on its way, what can be undone.

import { Outbox } from "./outbox.js";
import { tellOfWaiting } from "./strips.js";

/** @typedef {import("./types.js").Segment} Segment */
/** @typedef {import("./types.js").Own} Own */
/** @typedef {import("./types.js").Draft} Draft */

export class Ledger {
  #outbox = new Outbox();
  /** The latest decision on its way, by segment. @type {Map<number, symbol>} */
  #waiting = new Map();
  /** Decisions of this sitting. @type {{index: number, before: Own | null}[]} */
  #history = [];
  /** What was chosen on segments and not confirmed. @type {Map<number, Draft>} */
  #drafts = new Map();

  /**
   * @param {Segment[]} segments
   * @param {{onchange: (index: number) => void, onrefused: (index: number, error: Error) => void}} listeners
   */
  constructor(segments, { onchange, onrefused }) {
    this.segments = segments;
    this.onchange = onchange;
    this.onrefused = onrefused;
    tellOfWaiting(this.#outbox);
  }

  /** @param {number} index does the segment wait for this person? */
  isOpen(index) {
    const { open, own } = this.segments[index];
    return open && !own;
  }

  /** @param {number} index @returns {"open" | "decided" | "waiting" | "closed"} */
  stateOf(index) {
    const { own, open } = this.segments[index];
    if (own) return this.#waiting.has(index) ? "waiting" : "decided";
    return open ? "open" : "closed";
  }

  /** How many segments the person has decided, and how many there are for them. */
  get progress() {
    const decided = this.segments.filter((segment) => segment.own).length;
    return { decided, total: decided + this.segments.filter((segment) => segment.open && !segment.own).length };
  }

  /** @param {number} from the next undecided segment after it, or from the start; -1 if there is none */
  nextOpen(from) {
    const after = this.segments.findIndex((_, index) => index > from && this.isOpen(index));
    return after >= 0 ? after : this.segments.findIndex((_, index) => this.isOpen(index));
  }

  /** Whether something was chosen here and not confirmed. */
  get unfinished() {
    return this.#drafts.size > 0;
  }

  /**
   * Wait until no decision is on its way.
   *
   * @returns {Promise<boolean>} false where the server is away
   */
  settled() {
    const outbox = this.#outbox;
    return new Promise((resolve) => {
      if (!outbox.size) return resolve(true);
      const hear = (/** @type {any} */ { detail: { waiting, offline } }) => {
        if (waiting && !offline) return;
        outbox.removeEventListener("change", hear);
        resolve(!waiting);
      };
      return outbox.addEventListener("change", hear);
    });
  }

  /** @param {number} index */
  draftOf(index) {
    return this.#drafts.get(index);
  }

  /** @param {number} index @param {Draft | null} draft kept on this page until it is confirmed; null forgets it */
  keep(index, draft) {
    if (draft) this.#drafts.set(index, draft);
    else this.#drafts.delete(index);
  }

  /**
   * Decide. It stands on the page at once, and as stored only when the server has said so.
   *
   * @param {number} index
   * @param {Draft} draft
   * @param {string | undefined} suggestionId the suggestion that is answered, if any
   * @returns {Promise<boolean>} whether it was stored
   */
  decide(index, draft, suggestionId) {
    this.#history.push({ index, before: this.segments[index].own });
    return this.#send(index, { ...asDecision(draft), ...(suggestionId && { suggestion_id: suggestionId }) }, draft);
  }

  /**
   * Take the last decision of this sitting back: by a decision as before, or a retraction where there was none.
   * What was chosen stays as a draft.
   *
   * @returns {number | null} the segment it was on
   */
  undo() {
    const last = this.#history.pop();
    if (!last) return null;
    const { index, before } = last;
    const { own } = this.segments[index];
    void this.#send(index, before ? asDecision(before) : { retract: true }, before);
    if (own) this.keep(index, { codes: own.codes, memo: own.memo ?? "" });
    return index;
  }

  /** @param {number} index @param {object} decision @param {Own | null} own what stands once it is stored */
  async #send(index, decision, own) {
    const segment = this.segments[index];
    const before = { own: segment.own, open: segment.open };
    const turn = Symbol("turn");
    this.#waiting.set(index, turn);
    this.#stand(index, own, own === null);
    try {
      const { imported = [] } = await this.#outbox.send(segment.segment_id, decision);
      Object.assign(segment, { imported });
      return true;
    } catch (error) {
      this.#stand(index, before.own, before.open);
      if (own) this.keep(index, { codes: own.codes, memo: own.memo ?? "" });
      this.onrefused(index, /** @type {Error} */ (error));
      return false;
    } finally {
      if (this.#waiting.get(index) === turn) this.#waiting.delete(index);
      this.onchange(index);
    }
  }

  #stand(index, own, open) {
    Object.assign(this.segments[index], { own, open });
    this.keep(index, null);
    this.onchange(index);
  }
}

/** @param {{codes: import("./types.js").Choices, memo?: string}} coding */
const asDecision = ({ codes, memo }) => ({ codes, ...(memo && { memo }) });
