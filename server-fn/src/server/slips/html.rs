//! Writing HTML so that nothing that anybody typed is ever read as markup.

/// Markup.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Html(String);

impl Html {
    /// Markup of this program's own.
    pub fn new(markup: &'static str) -> Self {
        Self(markup.to_owned())
    }

    /// Adds markup of this program's own.
    pub fn raw(&mut self, markup: &'static str) -> &mut Self {
        self.0.push_str(markup);
        self
    }

    /// Adds text, from wherever: between tags, or within the quotes of an attribute.
    pub fn text(&mut self, text: &str) -> &mut Self {
        for letter in text.chars() {
            match letter {
                '&' => self.0.push_str("&amp;"),
                '<' => self.0.push_str("&lt;"),
                '>' => self.0.push_str("&gt;"),
                '"' => self.0.push_str("&quot;"),
                '\'' => self.0.push_str("&#39;"),
                // Nothing that a browser would take for the end of the text, or hide.
                letter if letter.is_control() && !matches!(letter, '\n' | '\t') => self.0.push('\u{fffd}'),
                letter => self.0.push(letter),
            }
        }
        self
    }

    /// Adds markup.
    pub fn add(&mut self, html: &Html) -> &mut Self {
        self.0.push_str(&html.0);
        self
    }

    /// The whole of it.
    pub fn into_string(self) -> String {
        self.0
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn text_never_becomes_markup() {
        let text = "<script>alert('a' & \"b\")</script>\u{0}ñ\n";
        let mut html = Html::default();
        html.text(text);
        let html = html.into_string();
        assert_eq!(html, "&lt;script&gt;alert(&#39;a&#39; &amp; &quot;b&quot;)&lt;/script&gt;\u{fffd}ñ\n");
    }
}
