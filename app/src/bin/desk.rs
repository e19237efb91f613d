//! The staff door.

fn main() {
    app::desk::start();
}
