// For browsers that know no modules, and so will never start anything here: what to do instead is opened at once.
(function () {
  var hints = document.querySelectorAll("details");
  for (var at = 0; at < hints.length; at += 1) hints[at].setAttribute("open", "");
})();
