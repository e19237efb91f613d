// What may become markup or script on our pages. The browser asks this policy, the only one it allows, whenever
// a string is about to be parsed as HTML or loaded as a script, and goes no further when the answer is null.
//
// Leptos builds the unchanging parts of pages from HTML that was written at build time; what people typed only
// ever becomes text. So a refusal is always a fault of ours or an attack, and refusing too much harms nobody.
"use strict";

(() => {
  // Text, an empty comment or a plain tag. HTML that is not wholly made of these is refused: with no `<` inside
  // values and comments, the browser's parser finds no tag that is not found here.
  const PIECE =
    /[^<]+|<!(?:--[^<>]*--)?>|<\/?([a-z][\w:.-]*)((?:\s+[^\s"'<>\/=]+(?:\s*=\s*(?:"[^"<]*"|'[^'<]*'|[^\s"'<>=`]+))?)*)\s*\/?>/giy;
  const ATTRIBUTE = /([^\s"'<>\/=]+)(?:\s*=\s*(?:"([^"]*)"|'([^']*)'|([^\s"'<>=`]+)))?/g;

  // Elements that run, load or redirect, change what addresses mean, or are parsed by other rules.
  const ELEMENTS = new Set(
    ("script style link meta base iframe frame frameset object embed applet portal template noscript noembed " +
      "noframes xmp plaintext foreignobject math annotation-xml set animate animatemotion animatetransform").split(" "),
  );
  const ATTRIBUTES = /^(?:on.*|srcdoc|style|is)$/;
  const ADDRESSES = /^(?:javascript|vbscript|data):/i;

  // A value as the parser would read it, without the space and control characters that addresses ignore.
  const readable = (value) =>
    value
      .replace(/&#x([0-9a-f]+);?/gi, (_, digits) => letter(parseInt(digits, 16)))
      .replace(/&#([0-9]+);?/g, (_, digits) => letter(parseInt(digits, 10)))
      .replace(/&colon;/g, ":")
      .replace(/&(?:Tab|NewLine);/g, "")
      .replace(/[\u0000-\u0020\u007f-\u009f]+/g, "");
  const letter = (code) => (code <= 0x10ffff ? String.fromCodePoint(code) : "\ufffd");

  const isHarmlessAttribute = ([, name, ...values]) =>
    !ATTRIBUTES.test(name.toLowerCase()) && !ADDRESSES.test(readable(values.find(Boolean) ?? ""));

  const isHarmless = (html) => {
    let read = 0;
    for (const [piece, element, attributes] of html.matchAll(PIECE)) {
      read += piece.length;
      if (element && ELEMENTS.has(element.toLowerCase().split(":").pop())) return false;
      if (attributes && ![...attributes.matchAll(ATTRIBUTE)].every(isHarmlessAttribute)) return false;
    }
    return read === html.length;
  };

  // The worker has a fixed name and its version behind that; every other script is named after its contents.
  const OWN_SCRIPT = /^\/(?:service-worker\.js\?v=[0-9a-f]{16}(?:&door=apply)?|(?:[a-z0-9_]+[\/-])*[0-9a-f]{16}\.js)$/;

  const isOwnScript = (address) => {
    try {
      const url = new URL(address, location.origin);
      const bare = !url.hash && !url.username && !url.password;
      return url.origin === location.origin && bare && OWN_SCRIPT.test(url.pathname + url.search);
    } catch {
      return false;
    }
  };

  globalThis.trustedTypes?.createPolicy("default", {
    createHTML: (html) => (isHarmless(html) ? html : null),
    createScriptURL: (address) => (isOwnScript(address) ? address : null),
    createScript: () => null,
  });
})();
