//! `docs/configuration.md` is what the settings struct says. `UPDATE=1` writes the page.

#![expect(clippy::disallowed_methods, reason = "reads and writes the page in the source tree")]

use std::path::Path;

#[test]
fn the_page_of_settings_is_up_to_date() {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../docs/configuration.md");
    let wanted = server::config::configuration_page();
    if std::env::var_os("UPDATE").is_some() {
        std::fs::write(&path, &wanted).expect("the page can be written");
    }
    let found = std::fs::read_to_string(&path).unwrap_or_default();
    assert!(found == wanted, "run `UPDATE=1 cargo test -p server --test configuration`");
}
