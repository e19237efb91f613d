//! The pages, as HTML that any old telephone shows: no script, no picture, nothing from elsewhere.

use super::answers::Answer;
use super::html::Html;
use super::labels::{Labels, REASONS};
use super::said::Section;
use super::words::Words;
use domain::service::Status;
use domain::{Field, ReferenceFault};

/// Most characters of what happens next.
pub const NEXT: usize = 500;

/// What was typed to open a slip.
#[derive(Clone, Debug, Default)]
pub struct Typed {
    pub number: String,
    pub code: String,
}

/// What was typed into an answer.
#[derive(Clone, Debug, Default)]
pub struct Filled {
    pub answer: String,
    pub reason: String,
    pub next: String,
}

/// Which inputs of an answer something is wrong with.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Faults {
    pub answer: bool,
    pub reason: bool,
    /// Nothing was written where something must be.
    pub no_next: bool,
    /// So many characters too many.
    pub too_long: usize,
}

impl Faults {
    /// Whether there is none.
    pub fn is_empty(self) -> bool {
        self == Self::default()
    }
}

/// A sentence above everything else.
pub enum Notice {
    /// Something went as it should.
    Good(String),
    /// Something did not.
    Bad(String),
    /// What was answered is not allowed now; what is.
    NotNow(Status),
}

/// An opened slip.
pub struct Opened {
    pub typed: Typed,
    pub sections: Vec<Section>,
    pub status: Status,
    pub withdrawn: bool,
    /// It ended long ago.
    pub past: bool,
    /// The desk answers elsewhere.
    pub has_accounts: bool,
    pub acknowledged: bool,
    pub overdue: bool,
    pub labels: Labels,
}

/// Around all pages.
fn document(words: Words, languages: &Html, main: &Html) -> Html {
    let mut page = Html::new("<!doctype html>\n<html lang=\"");
    page.text(words.code()).raw("\" dir=\"").text(words.direction());
    page.raw("\"><head><meta charset=\"utf-8\"><meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">");
    page.raw("<meta name=\"robots\" content=\"noindex, nofollow\"><meta name=\"color-scheme\" content=\"light dark\">");
    page.raw("<title>").text(words.get("title")).raw(" · Amparo</title>");
    page.raw(
        "<link rel=\"stylesheet\" href=\"/answer.css\"></head><body><header><p>Amparo</p></header><main>",
    );
    page.raw("<h1>").text(words.get("title")).raw("</h1>").add(main).raw("</main><footer>");
    page.add(languages).raw("<p>").text(words.get("noted")).raw("</p></footer></body></html>\n");
    page
}

/// Links to the first page in other languages. On pages with data they are buttons, because an address says nothing.
fn languages(words: Words, typed: Option<&Typed>) -> Html {
    let mut html = Html::new("<nav aria-label=\"");
    html.text(words.get("languages")).raw("\">");
    if let Some(typed) = typed {
        html.raw("<form method=\"post\" action=\"/answer\" class=\"languages\">");
        html.add(&hidden("number", &typed.number))
            .add(&hidden("code", &typed.code))
            .add(&hidden("step", "open"));
    } else {
        html.raw("<div class=\"languages\">");
    }
    for other in Words::all().filter(|other| *other != words) {
        if typed.is_some() {
            html.raw("<button name=\"lang\" value=\"")
                .text(other.code())
                .raw("\" lang=\"")
                .text(other.code());
            html.raw("\" dir=\"").text(other.direction()).raw("\">").text(other.name()).raw("</button>");
        } else {
            html.raw("<a href=\"/answer?lang=").text(other.code()).raw("\" lang=\"").text(other.code());
            html.raw("\" hreflang=\"").text(other.code()).raw("\">").text(other.name()).raw("</a>");
        }
    }
    html.raw(if typed.is_some() { "</form></nav>" } else { "</div></nav>" });
    html
}

fn hidden(name: &'static str, value: &str) -> Html {
    let mut html = Html::new("<input type=\"hidden\" name=\"");
    html.raw(name).raw("\" value=\"").text(value).raw("\">");
    html
}

fn notice(words: Words, labels: Option<&Labels>, notice: &Notice) -> Html {
    let mut html = Html::default();
    match notice {
        Notice::Good(text) => html.raw("<p class=\"good\" role=\"status\">").text(text).raw("</p>"),
        Notice::Bad(text) => html.raw("<p class=\"bad\" role=\"alert\">").text(text).raw("</p>"),
        Notice::NotNow(status) => {
            let state =
                labels.map(|labels| labels.code("referral_status", status.code())).unwrap_or_default();
            html.raw("<div class=\"bad\" role=\"alert\"><p>").text(&words.with("not_now", "state", &state));
            let offered = Answer::offered(*status);
            if offered.is_empty() {
                return html.raw("</p><p>").text(words.get("allowed_none")).raw("</p></div>").clone();
            }
            html.raw("</p><p>").text(words.get("allowed")).raw("</p><ul>");
            for answer in offered {
                html.raw("<li>").text(&said_as(words, labels, answer)).raw("</li>");
            }
            html.raw("</ul></div>")
        }
    };
    html
}

fn said_as(words: Words, labels: Option<&Labels>, answer: Answer) -> String {
    match answer {
        Answer::Accept => words.get("accept").to_owned(),
        Answer::Reject => words.get("reject").to_owned(),
        Answer::Note => words.get("note").to_owned(),
        end => {
            let outcome = end.outcome().unwrap_or_default();
            labels.map_or_else(|| outcome.to_owned(), |labels| labels.list("referral_outcome", outcome))
        }
    }
}

/// Why a number or a code is none, for whoever types it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum TypedFault {
    Empty,
    Malformed(ReferenceFault),
}

fn typed_fault(words: Words, fault: TypedFault) -> &'static str {
    match fault {
        TypedFault::Empty => words.get("fault_empty"),
        TypedFault::Malformed(ReferenceFault::WrongLength) => words.get("fault_length"),
        TypedFault::Malformed(ReferenceFault::StrangeCharacter) => words.get("fault_strange"),
        TypedFault::Malformed(ReferenceFault::Misread) => words.get("fault_misread"),
    }
}

/// The first page: number and code.
pub fn start(words: Words, typed: &Typed, faults: [Option<TypedFault>; 2], above: Option<&Notice>) -> String {
    let mut html = Html::default();
    if let Some(above) = above {
        html.add(&notice(words, None, above));
    }
    html.raw("<p>").text(words.get("intro")).raw("</p>");
    html.raw("<form method=\"post\" action=\"/answer\" autocomplete=\"off\">");
    html.add(&hidden("lang", words.code())).add(&hidden("step", "open"));
    let [number, code] = faults;
    // The first one that needs typing.
    let at_code = number.is_none() && !typed.number.is_empty();
    for (name, value, fault, focus) in
        [("number", &typed.number, number, !at_code), ("code", &typed.code, code, at_code)]
    {
        html.raw("<div class=\"field\"><label for=\"").raw(name).raw("\">").text(match name {
            "number" => words.get("number"),
            _ => words.get("code"),
        });
        html.raw("</label><input id=\"").raw(name).raw("\" name=\"").raw(name).raw("\" value=\"").text(value);
        html.raw("\" class=\"code\" dir=\"ltr\" maxlength=\"40\" required autocapitalize=\"characters\" ");
        html.raw("autocorrect=\"off\" spellcheck=\"false\" aria-describedby=\"").raw(name).raw("-hint\"");
        if focus {
            html.raw(" autofocus");
        }
        if fault.is_some() {
            html.raw(" aria-invalid=\"true\"");
        }
        html.raw("><p id=\"").raw(name).raw("-hint\" class=\"hint\">");
        if let Some(fault) = fault {
            html.raw("<strong class=\"fault\">").text(typed_fault(words, fault)).raw("</strong> ");
        }
        html.text(words.get("hint")).raw("</p></div>");
    }
    html.raw("<button class=\"main\">").text(words.get("open")).raw("</button></form>");
    document(words, &languages(words, None), &html).into_string()
}

/// A page with a sentence and nothing else.
pub fn trouble(words: Words, sentence: &str) -> String {
    let mut html = notice(words, None, &Notice::Bad(sentence.to_owned()));
    html.add(&another(words));
    document(words, &languages(words, None), &html).into_string()
}

fn another(words: Words) -> Html {
    let mut html = Html::new("<p><a class=\"another\" href=\"/answer?lang=");
    html.text(words.code()).raw("\">").text(words.get("another")).raw("</a></p>");
    html
}

/// An opened slip, with what may be answered.
pub fn opened(
    words: Words,
    opened: &Opened,
    filled: &Filled,
    faults: Faults,
    above: Option<&Notice>,
) -> String {
    let labels = Some(&opened.labels);
    let mut html = Html::default();
    if let Some(above) = above {
        html.add(&notice(words, labels, above));
    }
    html.raw("<p class=\"number\">").text(words.get("number"));
    html.raw(": <bdi class=\"code\">").text(&opened.typed.number).raw("</bdi></p>");
    if opened.withdrawn {
        html.raw("<p class=\"bad\">").text(words.get("withdrawn")).raw("</p>");
        html.add(&acknowledging(words, opened));
    } else if opened.status.ended_badly() || opened.past {
        html.raw("<p class=\"plain\">").text(words.get("ended")).raw("</p>");
    } else if opened.overdue {
        html.raw("<p class=\"bad\">").text(words.get("overdue")).raw("</p>");
    }
    for section in &opened.sections {
        html.raw("<section>");
        if !section.title.is_empty() {
            html.raw("<h2>").text(&section.title).raw("</h2>");
        }
        html.raw("<dl>");
        for (label, values) in &section.facts {
            html.raw("<div><dt>").text(label).raw("</dt>");
            for value in values {
                html.raw("<dd><bdi>").text(value).raw("</bdi></dd>");
            }
            html.raw("</div>");
        }
        html.raw("</dl></section>");
    }
    if opened.has_accounts && above.is_none() {
        html.raw("<p class=\"plain\">").text(words.get("by_account")).raw("</p>");
    }
    if !opened.withdrawn && !opened.has_accounts {
        html.add(&answering(words, opened, filled, faults));
    }
    html.add(&another(words));
    document(words, &languages(words, Some(&opened.typed)), &html).into_string()
}

fn begun(words: Words, typed: &Typed, step: &'static str) -> Html {
    let mut html = Html::new("<form method=\"post\" action=\"/answer\" autocomplete=\"off\">");
    html.add(&hidden("number", &typed.number)).add(&hidden("code", &typed.code));
    html.add(&hidden("lang", words.code())).add(&hidden("step", step));
    html
}

fn acknowledging(words: Words, opened: &Opened) -> Html {
    if opened.acknowledged {
        return notice(words, None, &Notice::Good(words.get("acknowledged").to_owned()));
    }
    if opened.has_accounts {
        return Html::default();
    }
    let mut html = begun(words, &opened.typed, "acknowledge");
    html.raw("<button class=\"main\">").text(words.get("acknowledge")).raw("</button></form>");
    html
}

fn answering(words: Words, opened: &Opened, filled: &Filled, faults: Faults) -> Html {
    let offered = Answer::offered(opened.status);
    if offered.is_empty() {
        return Html::default();
    }
    let labels = &opened.labels;
    let mut html = begun(words, &opened.typed, "answer");
    html.raw("<fieldset").raw(if faults.answer { " aria-describedby=\"answer-fault\">" } else { ">" });
    html.raw("<legend>").text(words.get("answer")).raw("</legend>");
    if faults.answer {
        html.raw("<p id=\"answer-fault\" class=\"fault\">").text(words.get("fault_choose")).raw("</p>");
    }
    for answer in &offered {
        html.raw("<label class=\"choice\"><input type=\"radio\" name=\"answer\" required value=\"");
        html.text(answer.code()).raw("\"").raw(if filled.answer == answer.code() {
            " checked>"
        } else {
            ">"
        });
        html.raw("<span>").text(&said_as(words, Some(labels), *answer)).raw("</span></label>");
    }
    html.raw("</fieldset>");
    if offered.contains(&Answer::Reject) {
        html.raw("<div class=\"field\"><label for=\"reason\">")
            .text(&labels.field(Field::REFERRAL_REJECT_REASON));
        html.raw("</label><select id=\"reason\" name=\"reason\" aria-describedby=\"reason-hint\"");
        html.raw(if faults.reason { " aria-invalid=\"true\">" } else { ">" });
        html.raw("<option value=\"\">").text(words.get("choose")).raw("</option>");
        for (code, label) in labels.offered(REASONS) {
            html.raw("<option value=\"").text(&code).raw("\"");
            html.raw(if filled.reason == code { " selected>" } else { ">" }).text(&label).raw("</option>");
        }
        html.raw("</select><p id=\"reason-hint\" class=\"hint\">");
        if faults.reason {
            html.raw("<strong class=\"fault\">").text(words.get("fault_reason")).raw("</strong> ");
        }
        html.text(words.get("reason_hint")).raw("</p></div>");
    }
    html.raw("<div class=\"field\"><label for=\"next\">").text(&labels.field(Field::REFERRAL_NEXT));
    html.raw("</label><textarea id=\"next\" name=\"next\" rows=\"4\" maxlength=\"500\" aria-describedby=\"next-hint\"");
    let wrong = faults.no_next || faults.too_long > 0;
    // A line break after the tag is not part of the text: so none of the text is lost that begins with one.
    html.raw(if wrong { " aria-invalid=\"true\">\n" } else { ">\n" }).text(&filled.next).raw("</textarea>");
    html.raw("<p id=\"next-hint\" class=\"hint\">");
    if faults.no_next {
        html.raw("<strong class=\"fault\">").text(words.get("fault_next")).raw("</strong> ");
    } else if faults.too_long > 0 {
        let sentence = words.with("fault_long", "n", &faults.too_long.to_string());
        html.raw("<strong class=\"fault\">").text(&sentence).raw("</strong> ");
    }
    html.text(words.get("next_hint")).raw("</p></div>");
    html.raw("<button class=\"main\">").text(words.get("send")).raw("</button></form>");
    html
}

/// What a referral says of itself, with the moment by which an answer is due, against a clock of where it was sent.
pub fn is_overdue(due: &str, status: Status, here: i64) -> bool {
    let due = domain::service::brief::minutes_of(due);
    status.awaits_answer() && due.is_some_and(|due| due < here)
}
