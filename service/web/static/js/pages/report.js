// The report: the study's own table from final codings, its picture beside it.

import { download, get, newest, projectPath } from "../api.js";
import { byId, counted, h, here, pageOf, trail } from "../dom.js";
import { startPage } from "../session.js";

const { project: name } = here();
const newestReport = newest();
const COUNTS = ["segments", "participants", "organisations"];

startPage(async () => {
  const project = await get(projectPath(name));
  trail([{ name: project.name, href: pageOf(name) }, { name: "Report" }]);
  byId("mask").addEventListener("submit", (/** @type {Event} */ event) => {
    event.preventDefault();
    void show();
  });
  await show();
});

async function show() {
  const wanted = Number(byId("minimum").value);
  const minimum = wanted >= 2 ? `minimum=${wanted}` : "";
  const report = await newestReport(get(`${projectPath(name)}/report?format=json&${minimum}`));
  if (!report) return;
  const links = ["csv", "html"].map((format) => h("a", { class: "outlined", href: download(name, `report?format=${format}&${minimum}`), download: true }, format.toUpperCase()));
  byId("downloads").replaceChildren(...links);
  const empty = report.segments_final === 0;
  byId("lede").textContent = empty ? "" : summary(report);
  byId("report").replaceChildren(...(empty ? [blank()] : [picture(minimum), h("div", { class: "tables" }, ...tables(report), notes(report))]));
}

/** A count, or what stands in its place where it is masked. */
const said = (/** @type {number | string} */ count, /** @type {string} */ what) => (typeof count === "number" ? counted(count, what) : `${count} ${what}s`);

function summary({ segments_final: segments, participants, organisations, minimum }) {
  if (typeof segments !== "number") return `Fewer than ${minimum} participants have final codings yet, so the numbers are masked. Counted is what people decided and agreed on, or an adjudicator settled.`;
  const of = organisations ? ` of ${said(organisations, "organisation")}` : "";
  return `${said(segments, "final segment")} from ${said(participants, "participant")}${of}: what people decided and agreed on, or an adjudicator settled.`;
}

const blank = () => h("div", { class: "blank" }, h("p", { class: "blank-title" }, "Nothing is final yet"), h("p", {}, "Once segments have been decided by as many people as they need, the table of codes stands here."));

/** @param {string} minimum */
const picture = (minimum) =>
  h("figure", { class: "heat" }, h("img", { src: download(name, `report.svg?${minimum}`), alt: "How often each code was observed, as a picture; the table beside it holds the same numbers." }));

function tables({ kind, rows, tables: others }) {
  const pairs = kind === "pairs" ? [table("Domains, levels and themes", "Domain, level, theme", pairBodies(rows))] : [];
  return [...pairs, ...others.map((other) => table(other.label, "Code", [h("tbody", {}, ...other.rows.map((row) => line("code", row.code_label, row)))]))];
}

/** One body for each domain: its name, its levels, their themes. */
function pairBodies(rows) {
  return [...Map.groupBy(rows, (row) => row.domain).values()].map((own) => {
    const [first] = own;
    if (!first.level_label) return h("tbody", {}, ...own.map((row) => line("level", row.theme_label || row.domain_label, row)));
    const head = h("tr", { class: "domain" }, h("th", { scope: "rowgroup", colspan: 4 }, first.domain_label));
    return h("tbody", {}, head, ...own.map((row) => (row.theme ? line("theme", row.theme_label, row) : line("level", row.level_label, row))));
  });
}

function line(kind, label, row) {
  const none = row.segments === 0 ? " none" : "";
  return h("tr", { class: kind + none }, h("th", { scope: "row" }, label), ...COUNTS.map((key) => h("td", { class: row.masked ? "is-masked" : "" }, row[key])));
}

function table(title, first, bodies) {
  const heads = [first, "Segments", "Participants", "Organisations"].map((head) => h("th", { scope: "col" }, head));
  return h("div", { class: "table-scroll", tabindex: "0", role: "region", "aria-label": title }, h("table", { class: "report" }, h("caption", {}, title), h("thead", {}, h("tr", {}, ...heads)), ...bodies));
}

/** What a reader of the table must know. */
function notes({ minimum, none_applies: none, theme_elsewhere: elsewhere }) {
  const some = (/** @type {any} */ count) => count && count.segments !== 0;
  return h(
    "ul",
    { class: "report-notes" },
    h("li", {}, "A segment can stand in several rows, and a participant in all of them."),
    some(none) && h("li", {}, `None applies, in domain or level: ${said(none.segments, "segment")}.`),
    some(elsewhere) && h("li", {}, `Not counted by theme: ${said(elsewhere.segments, "segment")} with a theme that belongs under another domain or level.`),
    minimum && h("li", {}, `Cells of fewer than ${minimum} participants are masked.`),
  );
}
