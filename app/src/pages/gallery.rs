//! Pieces that stand deep inside forms, each alone: for tests in a browser and for the eye. In development builds only.

use crate::components::picture::{ObjectUrl, Picture, Purpose};
use crate::components::{Camera, PhotoField, Qr, Signature, Signed};
use crate::words::{Key, use_words};
use domain::DraftId;
use leptos::prelude::*;

/// The page.
#[component]
pub fn Gallery() -> impl IntoView {
    let words = use_words();

    let signature = RwSignal::new(String::new());
    let skipped = RwSignal::new(String::new());
    let reference = RwSignal::new(String::new());
    let draft = DraftId::fresh(crate::when::now(), store::random());
    let (person, keep_person) = held();
    let (page, keep_page) = held();
    view! {
        <main class="page" id="main" tabindex="-1">
            <h1 tabindex="-1">"Gallery"</h1>
            <section class="card" id="gallery-person">
                <Camera id="camera" purpose=Purpose::Person shown=person on_taken=keep_person skipped
                    on_skipped=UnsyncCallback::new(move |code: String| skipped.set(code))/>
            </section>
            <section class="card" id="gallery-page">
                <Camera id="page" purpose=Purpose::Page shown=page on_taken=keep_page/>
            </section>
            <section class="card" id="gallery-photo">
                <PhotoField id="photo" label=Key::PhotoOfPerson value=reference draft person=true
                    on_take=Callback::new(move |text: String| reference.set(text))/>
            </section>
            <section class="card" id="gallery-signature">
                <Signature id="signature" value=signature
                    on_draw=Callback::new(move |text: String| signature.set(text))/>
                <p class="code" id="signature-text">{signature}</p>
                {move || view! { <Signed text=signature.get()/> }}
            </section>
            <section class="card" id="gallery-qr">
                <Qr text="KX7M-42P2" label=Signal::derive(move || words.get(Key::SlipQr))/>
            </section>
        </main>
    }
}

/// Holds a picture for as long as the page is open.
fn held() -> (Signal<Option<String>>, impl Fn(Picture) + Clone + 'static) {
    let url = StoredValue::new_local(None::<ObjectUrl>);
    let shown = RwSignal::new(None::<String>);
    let keep = move |picture: Picture| {
        let made = ObjectUrl::new(&picture.bytes, picture.media_type);
        shown.set(made.as_ref().map(|made| made.as_str().to_owned()));
        url.set_value(made);
    };
    (shown.into(), keep)
}
