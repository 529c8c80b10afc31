// What tests/accessibility/walk.py asks of a page: lists of complaints, empty when all is well.
window.probes = (() => {
  const short = (one) => one.cloneNode(false).outerHTML.slice(0, 160);
  const seen = (one) => one.checkVisibility({ visibilityProperty: true }) && one.getClientRects().length > 0;
  const reached = "a[href], button, input:not([type=hidden]), select, textarea, summary, [tabindex='0']";
  const all = () => [...document.querySelectorAll(reached)].filter((one) => seen(one) && one.tabIndex >= 0 && !one.disabled);

  // A link in a sentence may be as high as its line (WCAG 2.5.8, "inline").
  const inline = (one) => {
    const around = one.closest("p, li, dd, small, h1, h2, label");
    return one.matches("a") && around && around.textContent.trim() !== one.textContent.trim();
  };
  // A box is pressed by its label too.
  const target = (one) => {
    const boxes = [one, ...(one.matches("[type=checkbox], [type=radio]") ? one.labels : [])].map((it) => it.getBoundingClientRect());
    return Math.max(...boxes.map((it) => it.bottom)) - Math.min(...boxes.map((it) => it.top));
  };

  const known = new Set(), telling = /^(class|type|role|hidden|disabled|lang|aria-(hidden|invalid|required|live))$/;

  return {
    // Whether the page has anything in it that no page before had at the same place.
    news() {
      const paths = [];
      const walk = (one, above) => {
        const words = [...one.childNodes].some((it) => it.nodeType === 3 && it.textContent.trim());
        const names = [...one.attributes].map((it) => (telling.test(it.name) ? `${it.name}=${it.value}` : it.name));
        const path = `${above}/${one.localName}[${names}]${words ? "x" : ""}`;
        paths.push(path);
        for (const child of one.children) walk(child, path);
      };
      walk(document.documentElement, "");
      const fresh = paths.some((path) => !known.has(path));
      for (const one of paths) known.add(one);
      return { fresh };
    },

    wide() {
      const room = document.documentElement.clientWidth;
      if (document.documentElement.scrollWidth <= room) return [];
      return [...document.body.querySelectorAll("*")].filter((one) => seen(one) && one.getBoundingClientRect().right > room + 1)
        .map((one) => `${Math.round(one.getBoundingClientRect().right)} px: ${short(one)}`);
    },

    // Each is looked at while it has the focus: the link that skips to the content is there only then.
    reached() {
      const look = (one) => {
        const { outlineStyle, outlineWidth, boxShadow } = getComputedStyle(one);
        return [outlineStyle !== "none" && parseFloat(outlineWidth) >= 2, boxShadow];
      };
      const low = [], unfocused = [];
      for (const one of all()) {
        one.blur();
        const before = look(one)[1];
        one.focus({ focusVisible: true });
        const [outlined, shadow] = look(one), box = one.getBoundingClientRect();
        const there = document.activeElement === one && box.width > 1 && box.height > 1 && box.right > 0 && box.bottom > 0;
        if (!there || !(outlined || shadow !== before)) unfocused.push(short(one));
        if (!inline(one) && target(one) < 43.9) low.push(`${Math.round(target(one))} px: ${short(one)}`);
      }
      document.activeElement.blur();
      return { low, unfocused };
    },

    // What is folded is opened first: all of it can be reached.
    look() {
      for (const one of document.querySelectorAll("details")) one.open = true;
      return { ...this.news(), wide: this.wide(), ...this.reached() };
    },

    async axe(options) {
      const found = await axe.run({ resultTypes: ["violations"], preload: false, ...options });
      return found.violations.map((one) => `${one.id} (${one.impact}): ${one.nodes.map((it) => it.html.slice(0, 160)).join(" | ")}`);
    },
  };
})();
