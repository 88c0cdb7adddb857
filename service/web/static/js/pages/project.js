// A project: its transcripts, its people, its model, and what can be taken away.

import { all, ask, documentPath, download, get, newest, post, projectPath } from "../api.js";
import { byId, counted, deskOf, h, here, ledTo, pageOf, trail } from "../dom.js";
import { startPage } from "../session.js";
import { ParticipantFields } from "../elements/attributes.js";
import { BringCodings } from "../elements/bring-codings.js";
import { ImportCard } from "../elements/import-card.js";
import { OrderChoice, aboutOrder } from "../elements/order.js";
import { progress } from "../elements/progress.js";
import { isCoded } from "../coded-files.js";
import { read } from "../codebook.js";
import "../elements/drop.js";

const { project: name } = here();
/** What codings can be taken away as. @type {[string, string][]} */
const FORMATS = [["csv", "CSV"], ["xlsx", "Excel"], ["docx", "Word"], ["qdpx", "REFI-QDA"], ["jsonl", "JSONL"]];
const newestList = newest();
/** How many people a segment may need. */
let coders = 1;
/** Whether the queue comes in the order that teaches most. */
let taught = false;

startPage(async (session) => {
  const project = await get(projectPath(name));
  trail([{ name: "Projects", href: "/" }, { name: project.name }]);
  byId("name").textContent = project.name;
  coders = project.coders_required;
  byId("advice").replaceChildren(...aboutAdvice(project));
  showOrder(project.order, session);
  byId("codebook").replaceChildren(...aboutCodebook(project.codebook));
  byId("members").replaceChildren(...people(project, session));
  byId("export").replaceChildren(...takeAway());
  byId("import").addEventListener("files", (/** @type {CustomEvent} */ event) => bringIn(event.detail.files, project, session));
  byId("coded-elsewhere").replaceChildren(...aboutCodings(session));
  await showDocuments(session);
});

/** @param {string} order @param {import("../session.js").Session} session */
function showOrder(order, session) {
  taught = order === "teaching";
  const choose = async (/** @type {string} */ chosen) => {
    const now = await ask("PATCH", projectPath(name), { body: { order: chosen } });
    taught = now.order === "teaching";
    await showDocuments(session);
  };
  byId("order").replaceChildren(session.rights.research ? new OrderChoice(order, choose).element : aboutOrder(order));
}

/** The transcripts, and the way on: to the first with something undecided, or to where the queue leads. */
async function documentsAndWay() {
  const documents = await all(`${projectPath(name)}/documents`);
  const next = documents.find((d) => d.open > 0);
  if (!next) return { documents, way: null };
  const [first] = taught ? (await get(`${projectPath(name)}/queue?limit=1`)).items : [];
  const led = first?.kind === "code";
  const begun = led ? documents.some((d) => d.decided > 0) : next.decided > 0;
  const href = led ? ledTo(name, first) : deskOf(name, next.document_id);
  return { documents, way: h("a", { class: "inked", href }, begun ? "Go on coding" : "Start coding") };
}

/** @param {import("../session.js").Session} session */
async function showDocuments(session) {
  const found = await newestList(documentsAndWay());
  if (!found) return;
  const { documents, way } = found;
  const settle = documents.reduce((sum, d) => sum + (d.to_adjudicate ?? 0), 0);
  byId("documents").replaceChildren(documents.length ? h("ul", { class: "rows" }, ...documents.map((d) => row(d, session))) : blank());
  byId("acts").replaceChildren(
    ...[
      way,
      settle > 0 && session.rights.adjudicate && h("a", { class: "outlined", href: pageOf(name, "adjudicate") }, `Settle ${counted(settle, "difference")}`),
      documents.length > 0 && h("a", { class: "outlined", href: pageOf(name, "report") }, "Report"),
      h("a", { class: "outlined", href: pageOf(name, "models") }, "Models"),
    ].filter(Boolean),
  );
}

const blank = () =>
  h("div", { class: "blank" }, h("p", { class: "blank-title" }, "No transcripts yet"), h("p", {}, "Bring in the first: Word, WebVTT, SubRip, text or CSV. You'll see what was understood before anything is stored."));

/** @param {any} d @param {import("../session.js").Session} session */
function row(d, session) {
  const about = [d.participant_id !== d.document_id && d.participant_id, ...Object.values(d.attributes ?? {})].filter(Boolean);
  const settle = d.to_adjudicate > 0 && session.rights.adjudicate ? [`${d.to_adjudicate} to settle`] : [];
  return h(
    "li",
    { class: "row" },
    h(
      "div",
      {},
      h("h3", {}, h("a", { href: deskOf(name, d.document_id) }, d.document_id)),
      h("p", { class: "row-about" }, about.join(" · "), about.length > 0 && " ", h("button", { type: "button", class: "linklike", "aria-label": `Edit what is known about ${d.document_id}`, onclick: () => edit(d, session) }, about.length ? "Edit" : "Say who speaks")),
      d.content_note && h("p", { class: "row-note" }, d.content_note),
    ),
    progress(d.document_id, d, coders, ...settle),
  );
}

/** Change what is known of a transcript. */
function edit(d, session) {
  const dialog = byId("about");
  const fields = new ParticipantFields(d);
  const problem = h("p", { class: "problem", role: "alert", hidden: true });
  const save = async (/** @type {Event} */ event) => {
    event.preventDefault();
    try {
      await ask("PATCH", documentPath(name, d.document_id), { body: fields.read() });
      dialog.close();
      await showDocuments(session);
    } catch (error) {
      problem.textContent = /** @type {Error} */ (error).message;
      problem.hidden = false;
    }
  };
  dialog.replaceChildren(
    h(
      "form",
      { onsubmit: save },
      h("h2", { id: "about-title" }, d.document_id),
      fields.element,
      problem,
      h("p", { class: "dialog-acts" }, h("button", { type: "button", class: "quiet", onclick: () => dialog.close() }, "Cancel"), h("button", { class: "inked" }, "Save")),
    ),
  );
  dialog.showModal();
}

/** @param {import("../session.js").Session} session */
const aboutCodings = (session) => (session.rights.research ? ["Coded already, in another tool? ", h("a", { href: pageOf(name, "import") }, "Bring codings"), " with their texts."] : []);

/** Go to the page for codings with a file that is in the browser's hands alone: in place, since no address can hold it.
 * @param {File} file @param {any} project @param {import("../session.js").Session} session */
async function bringCodings(file, project, session) {
  history.pushState(null, "", pageOf(name, "import"));
  addEventListener("popstate", () => location.reload(), { once: true });
  const view = h("div", { class: "page", id: "view" });
  byId("main").replaceChildren(view);
  scrollTo(0, 0);
  await new BringCodings(view, project, session).open(file);
}

/** Show what was understood of each file; import on the person's word. */
function bringIn(files, project, session) {
  const coded = session.rights.research && files.length === 1 ? (/** @type {File} */ file) => void bringCodings(file, project, session) : undefined;
  if (coded && isCoded(files[0])) return coded(files[0]);
  const holder = byId("imports");
  const cards = files.map((file) => new ImportCard(name, file, done, coded));
  holder.append(...cards.map((card) => card.element));
  if (cards.length > 1) holder.append(allButton(cards));
  for (const card of cards) void card.preview();
  cards[0].element.scrollIntoView({ block: "nearest" });
  return undefined;

  async function done(card, stored) {
    card.element.remove();
    if (!holder.querySelector(".import-card")) holder.replaceChildren();
    if (stored) await showDocuments(session);
  }
}

/** @param {ImportCard[]} cards */
function allButton(cards) {
  const store = async () => {
    for (const card of cards) if (card.ready && card.element.isConnected) await card.store();
  };
  return h("p", { class: "import-all" }, h("button", { type: "button", class: "outlined", onclick: store }, "Import all as understood"));
}

const POLICIES = {
  always: "Pencilled beside each segment as it is coded.",
  after_own_choice: "Shown once a coder has made their own choice.",
  never: "None: this project is coded without a model.",
};

function aboutAdvice({ advice, blind_share: blind, coders_required: coders, double_share: share, model }) {
  const percent = (/** @type {number} */ part) => `${Math.round(part * 100)}%`;
  return [
    h("p", {}, POLICIES[advice]),
    advice !== "never" && blind > 0 && h("p", { class: "aside" }, `${percent(blind)} of the segments never get one, so that their influence can be measured.`),
    advice !== "never" && aboutModel(model),
    h("p", { class: "aside" }, coders > 1 ? `${coders} people code ${share < 1 ? `${percent(share)} of the segments` : "each segment"}, each alone.` : "One person codes each segment."),
  ].filter(Boolean);
}

/** Which model advises, and what its word is worth. */
function aboutModel(model) {
  const unmeasured = "from the codebook's definitions alone; how often they are right has not been measured.";
  if (!model) return h("p", {}, `No model has been trained for this codebook yet: suggestions come ${unmeasured}`);
  const source = model.method === "definitions" ? `. Made ${unmeasured.replace("they are", "it is")}` : ".";
  const learned = model.on_invented_text ? " It learned on invented text: what is known of its accuracy holds there, not for your interviews." : "";
  return h("p", {}, "From ", h("span", { class: "model-id" }, model.model_id), source, learned);
}

function aboutCodebook(raw) {
  const book = read(raw);
  const part = (/** @type {import("../types.js").Dimension} */ d) =>
    h("details", { class: "others" }, h("summary", {}, `${d.label}, ${counted(d.codes.length, "code")}`), h("dl", { class: "codebook" }, ...d.codes.flatMap((c) => [h("dt", {}, c.label, c.retired && h("small", {}, " retired")), h("dd", {}, c.definition)])));
  return [h("p", {}, `${book.name}, version ${book.version}`), ...book.dimensions.map(part)];
}

function people(project, { rights }) {
  const list = h("ul", { class: "people" }, ...project.members.map((m) => h("li", {}, m.name, h("small", {}, m.role))));
  if (!rights.research) return [list];
  const who = /** @type {HTMLInputElement} */ (h("input", { id: "member-name", autocomplete: "off", spellcheck: "false" }));
  const problem = h("p", { class: "hint", role: "alert" });
  const add = async (/** @type {Event} */ event) => {
    event.preventDefault();
    const person = who.value.trim();
    if (!person) return;
    try {
      await post(`${projectPath(name)}/members`, { person });
      const now = await get(projectPath(name));
      byId("members").replaceChildren(...people(now, { rights }));
    } catch (error) {
      problem.textContent = /** @type {Error} */ (error).message;
    }
  };
  const form = h("form", { class: "member-form", onsubmit: add }, h("label", { for: "member-name" }, "Add a person"), h("span", {}, who, h("button", { class: "outlined" }, "Add")), problem);
  return [list, form];
}

function takeAway() {
  const link = (/** @type {string} */ format, /** @type {string} */ codings, /** @type {string} */ text) =>
    h("a", { href: download(name, `export?format=${format}&codings=${codings}`), download: true }, text);
  const line = (/** @type {string} */ title, /** @type {string} */ codings) =>
    h("div", { class: "export-line" }, h("p", {}, title), h("ul", {}, ...FORMATS.map(([format, text]) => h("li", {}, link(format, codings, text)))));
  return [
    line("Final codings", "final"),
    line("All codings, person by person", "all"),
    h("p", { class: "aside" }, "Only what people coded, here or elsewhere; a suggestion is never in it. REFI-QDA opens in NVivo, ATLAS.ti, MAXQDA and QualCoder; in Word, codes are comments in the margin."),
  ];
}
