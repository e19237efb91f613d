//! The program of `/apply`.

fn main() {
    door::start();
}
