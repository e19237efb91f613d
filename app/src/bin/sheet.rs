//! Makes a spreadsheet in a worker that is thrown away afterwards: what writes them is large, and few ever need it.

use domain::service::export::{Cell, Sheet};
use js_sys::{ArrayBuffer, Uint8Array};
use rust_xlsxwriter::{DocProperties, ExcelDateTime, Format, Workbook, XlsxError};
use wasm_bindgen::closure::Closure;
use wasm_bindgen::{JsCast, JsValue};
use web_sys::{DedicatedWorkerGlobalScope, MessageEvent};

/// Wide enough for a day, and for most labels.
const WIDTH: u16 = 16;
/// The row of names, and the row of tags under it.
const HEADS: u32 = 2;

fn main() {
    let Ok(scope) = js_sys::global().dyn_into::<DedicatedWorkerGlobalScope>() else { return };
    let answer = scope.clone();
    let on_message = Closure::<dyn FnMut(MessageEvent)>::new(move |event: MessageEvent| {
        // `null` says that it could not be made.
        let Some(file) = answer_to(&event.data()) else {
            let _ = answer.post_message(&JsValue::NULL);
            return;
        };
        let moved = js_sys::Array::of1(&file.buffer());
        let _ = answer.post_message_with_transfer(&file, &moved);
    });
    scope.set_onmessage(Some(on_message.as_ref().unchecked_ref()));
    on_message.forget();
    let _ = scope.post_message(&JsValue::from_str("ready"));
}

fn answer_to(order: &JsValue) -> Option<Uint8Array> {
    let bytes = order.dyn_ref::<Uint8Array>()?.to_vec();
    let file = workbook(&Sheet::from_bytes(&bytes)?).ok()?;
    let view = Uint8Array::new(&ArrayBuffer::new(u32::try_from(file.len()).ok()?));
    view.copy_from(&file);
    Some(view)
}

/// The sheet as a workbook: numbers as numbers, days as days, and text as text, which is never a formula.
fn workbook(sheet: &Sheet) -> Result<Vec<u8>, XlsxError> {
    let mut book = Workbook::new();
    // Neither who made it nor with what: files travel far.
    book.set_properties(&DocProperties::new());
    let page = book.add_worksheet();
    page.set_name(&sheet.title)?;
    let (head, day) = (Format::new().set_bold(), Format::new().set_num_format("yyyy-mm-dd"));
    for (at, name) in columns(&sheet.headers) {
        page.write_string_with_format(0, at, name, &head)?;
        page.set_column_width(at, WIDTH)?;
    }
    for (at, tag) in columns(&sheet.tags) {
        page.write_string(1, at, tag)?;
    }
    for (row, cells) in (HEADS..).zip(&sheet.rows) {
        for (at, cell) in columns(cells) {
            match cell {
                Cell::Empty => {}
                Cell::Text(text) => {
                    page.write_string(row, at, text)?;
                }
                Cell::Number(number, places) => {
                    page.write_number(row, at, *number as f64 / 10_f64.powi(i32::from(*places)))?;
                }
                Cell::Day(_) => {
                    page.write_datetime_with_format(
                        row,
                        at,
                        &ExcelDateTime::parse_from_str(&cell.plain())?,
                        &day,
                    )?;
                }
            }
        }
    }
    page.set_freeze_panes(HEADS, 0)?;
    book.save_to_buffer()
}

/// Cells with the number of their column. There are far fewer than a sheet can have.
fn columns<T>(cells: &[T]) -> impl Iterator<Item = (u16, &T)> {
    (0..).zip(cells)
}
