// Sets the theme before anything is painted: `light`, `dark`, or none (as the system says).
(() => {
  const stored = () => {
    try {
      return localStorage.getItem("inkling.theme");
    } catch {
      return null;
    }
  };
  const theme = stored();
  if (theme === "light" || theme === "dark") document.documentElement.dataset.theme = theme;
})();
