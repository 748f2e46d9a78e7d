//! A folder that is not there, and one that no configuration names.

use autogen_derive::embed;

fn main() {
    let _ = embed!("no/such/folder");
    let _ = embed!(7);
}
