// Bringing codings of other tools into a project.

import { get, projectPath } from "../api.js";
import { byId, here } from "../dom.js";
import { startPage } from "../session.js";
import { BringCodings } from "../elements/bring-codings.js";

startPage(async (session) => {
  const project = await get(projectPath(here().project));
  await new BringCodings(byId("view"), project, session).open();
});
