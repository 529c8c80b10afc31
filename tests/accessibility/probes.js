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

  const complaints = async (where, options) => {
    const found = await axe.run(where, { resultTypes: ["violations"], preload: false, ...options });
    return found.violations.map((one) => `${one.id} (${one.impact}): ${one.nodes.map((it) => it.html.slice(0, 160)).join(" | ")}`);
  };

  let fresh = []; // the elements of this page that are at a place where none was on a page before
  const known = new Set(), telling = /^(class|type|role|hidden|disabled|lang|aria-(hidden|invalid|required|live))$/;

  return {
    news(every) {
      const paths = new Map();
      const walk = (one, above) => {
        const words = [...one.childNodes].some((it) => it.nodeType === 3 && it.textContent.trim());
        const names = [...one.attributes].map((it) => (telling.test(it.name) ? `${it.name}=${it.value}` : it.name));
        const path = `${above}/${one.localName}[${names}]${one.localName === "style" ? one.textContent : words ? "x" : ""}`;
        paths.set(one, path);
        for (const child of one.children) walk(child, path);
      };
      walk(document.documentElement, "");
      fresh = [...paths.keys()].filter((one) => every || !known.has(paths.get(one)));
      for (const path of paths.values()) known.add(path);
      return { fresh: fresh.length > 0 };
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
    look(every) {
      for (const one of document.querySelectorAll("details")) one.open = true;
      return { ...this.news(every), wide: this.wide(), ...this.reached() };
    },

    // Text twice as large (WCAG 1.4.4): nothing sticks out, is cut off, or stands in a column of a letter or two.
    large() {
      document.documentElement.style.fontSize = "200%";
      for (const one of document.querySelectorAll("details")) one.open = true;
      const complaints = this.wide(), texts = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
      const range = document.createRange();
      while (texts.nextNode()) {
        const text = texts.currentNode.data.trim(), around = texts.currentNode.parentElement;
        if (text.length < 5 || !seen(around) || around.closest(".unseen, .skip")) continue;
        range.selectNodeContents(texts.currentNode);
        const lines = new Set([...range.getClientRects()].map((it) => Math.round(it.top))).size;
        if (lines > 2 && text.length / lines < 5) complaints.push(`${lines} lines for "${text}": ${short(around)}`);
        for (let box = around; box !== document.body; box = box.parentElement) {
          const cut = getComputedStyle(box).overflowX !== "visible" && box.scrollWidth > box.clientWidth + 1;
          if (cut) complaints.push(`cut off "${text}": ${short(box)}`);
        }
      }
      for (const code of document.querySelectorAll(".user-code")) { // which is to be compared with another device's
        code.value = "WDJB-MJHT";
        if (code.scrollWidth > code.clientWidth + 1) complaints.push(`cut off: ${short(code)}`);
      }
      document.documentElement.style.fontSize = "";
      return complaints;
    },

    // What axe asks of a page as a whole, all but the colours.
    axe: () => complaints(document, { rules: { "color-contrast": { enabled: false } } }),

    // The colours, which take axe the longest: of what is fresh, or of all where a style sheet or a theme is.
    colours() {
      const include = fresh.some((one) => document.head.contains(one)) ? [document.body] : fresh;
      return complaints({ include: include.filter((one) => !include.includes(one.parentElement)) }, { runOnly: ["color-contrast"] });
    },
  };
})();
