//! Takes a picture of a person or of a page: with the camera, or from a file. Nobody's face is tested or compared, and
//! a picture is never demanded.
//!
//! Gives the finished picture away and keeps none. The camera is off before it is asked for, while the picture is
//! looked at, when the page is left, hidden or locked.

use super::icon::{Draw, Icon};
use super::parts::focus_later;
use super::picture::{self, ObjectUrl, Picture, PictureFault, Purpose};
use crate::tables::use_tables;
use crate::words::{Key, use_words};
use leptos::html;
use leptos::prelude::*;
use leptos::web_sys::HtmlVideoElement;

pub(super) mod lens;
use lens::{Lens, LensFault};

/// What the component is at.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Stage {
    /// Shows what there is, and the ways to a new picture.
    Resting,
    /// Waits for the browser, and for the person to allow it.
    Opening,
    /// The camera is on.
    Live,
    /// A picture is being made.
    Working,
    /// A picture is there to be looked at.
    Taken,
    /// Asks why there is none.
    Skipping,
}

/// What belongs to one open component. Dropping it switches the camera off.
#[derive(Default)]
struct Held {
    lens: Option<Lens>,
    taken: Option<(Picture, ObjectUrl)>,
    /// Counts openings, so that a camera that comes too late is switched off again.
    opening: u32,
}

/// A picture of a person or of a page, taken or chosen here.
#[component]
pub fn Camera(
    /// Names the parts: `ID` is the first button.
    #[prop(into)]
    id: String,
    /// Whom or what it shows.
    purpose: Purpose,
    /// Address of the picture there is: an [`ObjectUrl`] of the caller's.
    #[prop(into)]
    shown: Signal<Option<String>>,
    /// Takes a finished picture that the person said yes to.
    on_taken: impl Fn(Picture) + Clone + 'static,
    /// The reason why there is no picture: a code of list `photo_skipped`; empty for none.
    #[prop(into, default = Signal::from(String::new()))]
    skipped: Signal<String>,
    /// Takes such a reason. Where it is left out, a picture can simply be left out too.
    #[prop(optional, into)]
    on_skipped: Option<UnsyncCallback<String>>,
    /// What is wrong beyond the picture itself: it could not be kept.
    #[prop(into, default = Signal::from(None))]
    fault: Signal<Option<String>>,
) -> impl IntoView {
    let words = use_words();
    let stage = RwSignal::new(Stage::Resting);
    let trouble = RwSignal::new(None::<Key>);
    let grey = RwSignal::new(purpose == Purpose::Page);
    let taken_url = RwSignal::new(None::<String>);
    let cameras = RwSignal::new(0_usize);
    let mirrored = RwSignal::new(false);
    let lens_on = RwSignal::new(false);
    let held = StoredValue::new_local(Held::default());
    let video = NodeRef::<html::Video>::new();
    let file = NodeRef::<html::Input>::new();
    let button = StoredValue::new(id.clone());
    let focus_button = move || focus_later(button.get_value());

    let close = move |next: Stage| {
        let _ = held.try_update_value(|held| {
            held.lens = None;
            held.opening += 1;
        });
        lens_on.set(false);
        stage.set(next);
    };
    let forget = move || {
        taken_url.set(None);
        let _ = held.try_update_value(|held| held.taken = None);
    };
    // `after` is the camera in use when another one is wanted.
    let open = move |after: Option<String>| {
        forget();
        trouble.set(None);
        close(Stage::Opening);
        let number = held.with_value(|held| held.opening);
        leptos::task::spawn_local(async move {
            let lens = Lens::open(purpose, after).await;
            // Left, hidden or asked anew in the meantime: `lens` goes out of scope and the camera with it.
            if held.try_with_value(|held| held.opening == number) != Some(true) {
                return;
            }
            match lens {
                Ok(mut lens) => {
                    lens.on_ended(move || {
                        if stage.try_get_untracked() == Some(Stage::Live) {
                            close(Stage::Resting);
                            trouble.set(Some(Key::CameraMissing));
                        }
                    });
                    cameras.set(lens.count());
                    mirrored.set(lens.faces_user());
                    let _ = held.try_update_value(|held| held.lens = Some(lens));
                    lens_on.set(true);
                    stage.set(Stage::Live);
                }
                Err(fault) => {
                    trouble.set(Some(match fault {
                        LensFault::Refused => Key::CameraRefused,
                        LensFault::Missing => Key::CameraMissing,
                        LensFault::InUse => Key::CameraInUse,
                    }));
                    stage.set(Stage::Resting);
                }
            }
            focus_button();
        });
    };
    let made = move |made: Result<Picture, PictureFault>| {
        if stage.try_get_untracked() != Some(Stage::Working) {
            return;
        }
        let shown = made.and_then(|picture| {
            let url = ObjectUrl::new(&picture.bytes, picture.media_type).ok_or(PictureFault::NotWritten)?;
            Ok((picture, url))
        });
        match shown {
            Ok((picture, url)) => {
                taken_url.set(Some(url.as_str().to_owned()));
                let _ = held.try_update_value(|held| held.taken = Some((picture, url)));
                stage.set(Stage::Taken);
            }
            Err(fault) => {
                trouble.set(Some(words_of(fault)));
                stage.set(Stage::Resting);
            }
        }
        focus_button();
    };
    let take = move || {
        let Some(element) = video.get_untracked() else { return };
        let grey = grey.get_untracked();
        // The camera stays on until its picture is taken over, behind words that say what is being done.
        stage.set(Stage::Working);
        leptos::task::spawn_local(async move {
            let element: HtmlVideoElement = element;
            // Somebody was quicker than the first frame: three seconds at most, then it says that there is none.
            for _ in 0..60 {
                if element.ready_state() >= 2 && element.video_width() > 0 {
                    break;
                }
                gloo_timers::future::TimeoutFuture::new(50).await;
            }
            let picture = picture::from_camera(&element, purpose, grey).await;
            let _ = held.try_update_value(|held| held.lens = None);
            lens_on.try_set(false);
            made(picture);
        });
    };
    let choose = move || {
        let Some(input) = file.get_untracked() else { return };
        let Some(chosen) = input.files().and_then(|files| files.get(0)) else { return };
        // The same file can be chosen again.
        input.set_value("");
        forget();
        trouble.set(None);
        close(Stage::Working);
        let grey = grey.get_untracked();
        leptos::task::spawn_local(async move { made(picture::from_file(&chosen, purpose, grey).await) });
    };
    let use_it = move || {
        let taken = held.try_update_value(|held| held.taken.take()).flatten();
        if let Some((picture, _url)) = taken {
            on_taken(picture);
        }
        taken_url.set(None);
        stage.set(Stage::Resting);
        focus_button();
    };
    let another = move || {
        let after = held.with_value(|held| held.lens.as_ref().map(Lens::device));
        open(after.flatten());
    };

    Effect::new(move |_| {
        if let (Stage::Live, Some(element)) = (stage.get(), video.get()) {
            held.with_value(|held| {
                if let Some(lens) = &held.lens {
                    lens.show_in(&element);
                }
            });
        }
    });
    let hidden = window_event_listener_untyped("visibilitychange", move |_| {
        if document().hidden() && matches!(stage.try_get_untracked(), Some(Stage::Live | Stage::Opening)) {
            close(Stage::Resting);
        }
    });
    on_cleanup(move || {
        hidden.remove();
        let _ = held.try_update_value(std::mem::take);
    });

    let picture_alt = match purpose {
        Purpose::Person => Key::PhotoOfPerson,
        Purpose::Page | Purpose::Phone => Key::PhotoOfPage,
    };
    let hint = match purpose {
        Purpose::Person => Key::CameraHintPerson,
        Purpose::Page | Purpose::Phone => Key::CameraHintPage,
    };
    // While the picture is made the view stays as it is: a new element would show nothing.
    let on_camera = Memo::new(move |_| {
        matches!(stage.get(), Stage::Live | Stage::Working) && taken_url.get().is_none() && lens_on.get()
    });
    let frame = move || {
        let address = taken_url.get().or_else(|| shown.get());
        match address {
            _ if on_camera.get() => view! {
                <video
                    class="camera__live"
                    class:camera__live--mirrored=move || mirrored.get()
                    node_ref=video
                    muted=true
                    playsinline=true
                    aria-label=move || words.get(Key::CameraView)
                ></video>
                {(purpose == Purpose::Person).then(|| view! { <Oval/> })}
            }
            .into_any(),
            Some(address) => {
                view! { <img class="camera__picture" src=address alt=move || words.get(picture_alt)/> }
                    .into_any()
            }
            None => {
                let icon = match purpose {
                    Purpose::Person => Icon::Person,
                    Purpose::Page | Purpose::Phone => Icon::Document,
                };
                view! { <span class="camera__none"><Draw icon/></span> }.into_any()
            }
        }
    };
    let said = move || match stage.get() {
        Stage::Opening => view! { <span class="busy">{words.get(Key::CameraStarting)}</span> }.into_any(),
        Stage::Working => view! { <span class="busy">{words.get(Key::CameraWorking)}</span> }.into_any(),
        Stage::Taken => words.get(Key::CameraTaken).into_any(),
        _ => ().into_any(),
    };
    let tables = use_tables();
    let skipped_words = move || {
        let code = skipped.get();
        let none = code.is_empty() || shown.get().is_some();
        let reason = (!none).then(|| tables.list_label("photo_skipped", &code))?;
        Some(view! { <p>{words.with(Key::PhotoSkippedFor, &[("reason", &reason)])}</p> })
    };
    let file_button = move || {
        view! {
            <button
                class="btn"
                type="button"
                on:click=move |_| {
                    if let Some(input) = file.get_untracked() {
                        input.click();
                    }
                }
            >
                <Draw icon=Icon::Image/>
                {move || words.get(Key::CameraFile)}
            </button>
        }
    };
    let plain = move |label: Key, icon: Icon, act: UnsyncCallback<()>| {
        view! {
            <button class="btn" type="button" on:click=move |_| act.run(())>
                <Draw icon/>
                {move || words.get(label)}
            </button>
        }
    };
    let main = move |label: Key, icon: Icon, act: UnsyncCallback<()>| {
        view! {
            <button class="btn btn--primary" type="button" id=button.get_value() on:click=move |_| act.run(())>
                <Draw icon/>
                {move || words.get(label)}
            </button>
        }
    };
    let (take, use_it) = (UnsyncCallback::new(move |()| take()), UnsyncCallback::new(move |()| use_it()));
    let buttons = move || match stage.get() {
        Stage::Resting => {
            let label = if shown.get().is_some() { Key::CameraRetake } else { Key::CameraOpen };
            view! {
                <button class="btn" type="button" id=button.get_value() on:click=move |_| open(None)>
                    <Draw icon=Icon::Camera/>
                    {move || words.get(label)}
                </button>
                {file_button()}
                {on_skipped.map(|_| plain(
                    Key::CameraNone,
                    Icon::CameraOff,
                    UnsyncCallback::new(move |()| {
                        stage.set(Stage::Skipping);
                        focus_later(format!("{}-why", button.get_value()));
                    }),
                ))}
            }
            .into_any()
        }
        Stage::Opening => {
            plain(Key::Cancel, Icon::X, UnsyncCallback::new(move |()| close(Stage::Resting))).into_any()
        }
        Stage::Live => view! {
            {main(Key::CameraTake, Icon::Camera, take)}
            {move || (cameras.get() > 1).then(|| {
                plain(Key::CameraSwitch, Icon::SwitchCamera, UnsyncCallback::new(move |()| another()))
            })}
            {file_button()}
            {plain(Key::CameraClose, Icon::X, UnsyncCallback::new(move |()| {
                close(Stage::Resting);
                focus_button();
            }))}
        }
        .into_any(),
        Stage::Working => ().into_any(),
        Stage::Taken => view! {
            {main(Key::CameraUse, Icon::Check, use_it)}
            {plain(Key::CameraAgain, Icon::Refresh, UnsyncCallback::new(move |()| open(None)))}
            {file_button()}
        }
        .into_any(),
        Stage::Skipping => plain(
            Key::Cancel,
            Icon::X,
            UnsyncCallback::new(move |()| {
                stage.set(Stage::Resting);
                focus_button();
            }),
        )
        .into_any(),
    };
    let reasons = move || {
        let on_skipped = on_skipped.filter(|_| stage.get() == Stage::Skipping)?;
        let choices: Vec<_> = tables
            .offered("lists", "photo_skipped")
            .into_iter()
            .map(|item| {
                let code = item.code.clone();
                let choose = move |_| {
                    on_skipped.run(code.clone());
                    stage.set(Stage::Resting);
                    focus_button();
                };
                view! {
                    <button class="btn" type="button" on:click=choose>
                        {move || item.label(words.language()).to_owned()}
                    </button>
                }
            })
            .collect();
        let why = format!("{}-why", button.get_value());
        Some(view! {
            <div class="camera__why" role="group" aria-labelledby=why.clone()>
                <p class="field__label" id=why.clone() tabindex="-1">{words.get(Key::CameraNoneWhy)}</p>
                <div class="choices">{choices}</div>
            </div>
        })
    };
    let wrong = move || trouble.get().map(|key| words.get(key)).or_else(|| fault.get());
    let class = match purpose {
        Purpose::Person => "camera camera--person",
        Purpose::Page | Purpose::Phone => "camera",
    };
    view! {
        <div class=class>
            <div class="camera__frame">{frame}</div>
            <div class="camera__side">
                <p class="field__hint">{move || words.get(hint)}</p>
                {skipped_words}
                <p class="field__error" role="alert" id=format!("{id}-fault")>{wrong}</p>
                <p role="status">{said}</p>
                {reasons}
                <div class="line">{buttons}</div>
                {(purpose == Purpose::Page).then(|| view! {
                    <label class="check">
                        <input type="checkbox" prop:checked=grey on:change=move |event| grey.set(event_target_checked(&event))/>
                        <span>{move || words.get(Key::CameraGrey)}</span>
                    </label>
                })}
                <input
                    type="file"
                    accept="image/*"
                    hidden
                    node_ref=file
                    aria-label=move || words.get(Key::CameraFile)
                    on:change=move |_| choose()
                />
            </div>
        </div>
    }
}

/// Where the face goes. Only a help for the eye: nothing looks whether it is there.
#[component]
fn Oval() -> impl IntoView {
    view! {
        <svg class="camera__oval" viewBox="0 0 300 400" aria-hidden="true">
            <path class="camera__shade" fill-rule="evenodd" d="M0 0h300v400h-300zM50 190a100 130 0 1 0 200 0a100 130 0 1 0-200 0z"></path>
            <ellipse cx="150" cy="190" rx="100" ry="130"></ellipse>
        </svg>
    }
}

fn words_of(fault: PictureFault) -> Key {
    match fault {
        PictureFault::NotAnImage => Key::PictureNotAnImage,
        PictureFault::TooLarge => Key::PictureTooLarge,
        PictureFault::NotReadable => Key::PictureNotReadable,
        PictureFault::NotWritten => Key::PictureNotWritten,
    }
}
