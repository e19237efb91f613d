// For browsers that know no modules, or not what stands in ours, and so will never start anything here: what to do instead
// is opened. Modules run after deferred scripts, before the page counts as loaded; on a thin line that may take long.
(function () {
  function open() {
    if (window.AMPARO_STARTS) return;
    var hints = document.querySelectorAll("details");
    for (var at = 0; at < hints.length; at += 1) hints[at].setAttribute("open", "");
  }
  if (!("noModule" in document.createElement("script"))) open();
  else window.addEventListener("load", open);
})();
