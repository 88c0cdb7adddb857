// The page for signing in: then on to the projects.

import { byId, trail } from "../dom.js";
import { signInForm } from "../elements/sign-in.js";
import { startTheme } from "../theme-button.js";

startTheme();
trail([{ name: "Sign in" }]);
const onward = () => location.assign("/");
const form = signInForm({ onDone: onward });
byId("view").append(form);
form.querySelector("input")?.focus();
